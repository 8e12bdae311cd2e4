import rss, { pagesGlobToRssItems } from "@astrojs/rss";
import { getCollection } from "astro:content";

import { SITE, SITE_TITLE } from "../consts";

export async function GET(context) {
	const posts = await getCollection("blog", ({ id, data }) => !data.draft && !data.isDraft && !id.startsWith("es/"));
	const pages = await pagesGlobToRssItems(import.meta.glob("./welcome.md"));
	return rss({
		title: SITE_TITLE,
		description: SITE.description,
		site: context.site,
		items: [
			...pages,
			...posts
				.sort((a, b) => b.data.pubDate.valueOf() - a.data.pubDate.valueOf())
				.map((post) => ({
					...post.data,
					author: undefined,
					categories: post.data.tags,
					link: `/log/blog/${post.id}/`,
				})),
		],
		customData: `<language>en</language>`,
	});
}
