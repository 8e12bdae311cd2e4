export const SITE_TITLE: string = "The Pilot's Log";
export const SITE = {
	website: "https://pilot.example/", // where it is
	author: "Jonas Berg",
	description: `Ships, tides, and the ${"council"}.`,
	lang: "en",
	postsPerPage: 5 as const,
} satisfies Record<string, string | number>;
