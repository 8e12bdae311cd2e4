import { defineCollection, reference } from "astro:content";
import { glob } from "astro/loaders";
import { z } from "astro/zod";

const blog = defineCollection({
	loader: glob({ base: "./src/content/blog", pattern: "**/*.{md,mdx}" }),
	schema: ({ image }) =>
		z.object({
			title: z.string(),
			description: z.string().optional(),
			pubDate: z.coerce.date(),
			updatedDate: z.coerce.date().optional(),
			heroImage: image().optional(),
			tags: z.array(z.string()).default([]),
			author: reference("authors").optional(),
			isDraft: z.boolean().default(false),
			draft: z.boolean().default(false),
		}),
});

const notes = defineCollection({
	loader: glob({ base: "./src/content/notes", pattern: "**/[^_]*.md" }),
	schema: z.object({ title: z.string(), date: z.coerce.date() }),
});

const authors = defineCollection({
	loader: glob({ base: "./src/content/authors", pattern: "*.json" }),
	schema: z.object({ name: z.string(), website: z.string().optional() }),
});

export const collections = { blog, notes, authors };
