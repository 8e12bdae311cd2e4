import { I18nPlugin, InputPathToUrlTransformPlugin } from "@11ty/eleventy";
import { feedPlugin } from "@11ty/eleventy-plugin-rss";

import metadata from "./_data/metadata.json" with { type: "json" };

const INPUT = "content";
const feeds = process.env.FEEDS || "/feed";

export default async function (eleventyConfig) {
	// Drafts are only built while writing.
	eleventyConfig.addPreprocessor("drafts", "*", (data) => {
		if (data.draft && process.env.ELEVENTY_RUN_MODE === "build") {
			return false;
		}
	});

	eleventyConfig.addPassthroughCopy({ "./public/": "/" }).addPassthroughCopy("content/**/*.png");
	eleventyConfig.addLayoutAlias("note", "layouts/note.njk");
	eleventyConfig.addPlugin(I18nPlugin, { defaultLanguage: "en", errorMode: "never" });
	eleventyConfig.addPlugin(InputPathToUrlTransformPlugin);
	eleventyConfig.addPlugin(feedPlugin, {
		type: "atom", // or "rss", "json"
		outputPath: `${feeds}/harbour.xml`,
		collection: { name: "posts", limit: 30 },
		metadata: {
			language: metadata.language,
			title: metadata.title,
			subtitle: metadata.description,
			base: metadata.url,
			author: metadata.author,
		},
	});

	eleventyConfig.addShortcode("youtube", (id) => `<iframe src="https://www.youtube-nocookie.com/embed/${id}"></iframe>`);
	eleventyConfig.ignores.add("content/posts/minutes-*.md");
}

export const config = {
	markdownTemplateEngine: "njk",
	dir: { input: INPUT, includes: "../_includes", data: "../_data" },
	pathPrefix: "/news/",
};
