// node read_feeds.js PACKAGE FILE: prints, as JSON, what a package of npm makes of a feed. NODE_PATH says where it is.
const { readFileSync } = require("node:fs");

const [package_, file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const read = {
  "rss-parser": () => new (require("rss-parser"))().parseString(text),
  feedparser: () =>
    new Promise((resolve, reject) => {
      const parser = new (require("feedparser"))();
      const items = [];
      parser.on("data", ({ title, link, guid, author, pubdate, summary, description }) =>
        items.push({ title, link, guid, author, pubdate, summary, description }),
      );
      parser.on("end", () => resolve(items)).on("error", reject);
      parser.end(text);
    }),
  feedsmith: async () => require("feedsmith").parseFeed(text),
};

read[package_]().then((feed) => process.stdout.write(JSON.stringify(feed)));
