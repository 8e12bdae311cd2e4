import { defineConfig } from "astro/config";
import mdx from "@astrojs/mdx";

import { SITE } from "./src/consts";

// https://astro.build/config
export default defineConfig({
	site: SITE.website,
	base: "/log",
	trailingSlash: "always",
	integrations: [mdx()],
	i18n: {
		defaultLocale: "en",
		locales: ["en", { path: "es", codes: ["es", "es-MX"] }],
	},
	markdown: { shikiConfig: { wrap: process.stdout.columns > 80 } },
});
