export default {
	layout: "layouts/post.njk",
	tags: ["posts", "harbour"],
	permalink: ({ page }) => `/${page.fileSlug}/`,
	eleventyComputed: {
		summary: (data) => data.description,
	},
};
