"""How to fix what is wrong with a site, on each host that is known by its headers. The guide has the same texts.

In a text, ADDRESS is the address, HOST its host and PATH its path, NAME that of the file, WHERE how nginx names files
like it, and TYPE the media type to send.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline.content.urls import INDEX_PAGE, PAGE_ENDINGS

Headers = Mapping[str, str]


class Host(NamedTuple):
    """A kind of server or host: its name, whether headers are its, and whether its users can change what it sends."""

    name: str
    is_at: Callable[[Headers], bool]
    is_fixed: bool = False


def _by(server: str | tuple[str, ...], *headers: str) -> Callable[[Headers], bool]:
    """Return a test for how a server's name begins, or for any of the headers that only it sends."""

    def is_at(found: Headers) -> bool:
        return found.get("server", "").lower().startswith(server) or any(header in found for header in headers)

    return is_at


NGINX, APACHE, GITHUB, NETLIFY, CLOUDFLARE, S3 = "nginx", "Apache", "GitHub Pages", "Netlify", "Cloudflare", "S3"
# The first that fits counts: a host may be behind Cloudflare, and a bucket behind nginx.
HOSTS = (
    Host(GITHUB, _by("github.com", "x-github-request-id"), is_fixed=True),
    Host("Neocities", _by("neocities"), is_fixed=True),
    Host("Surge", _by("surgecdn"), is_fixed=True),
    Host(NETLIFY, _by("netlify", "x-nf-request-id")),
    Host(S3, _by("amazons3", "x-amz-request-id", "x-amz-cf-id")),
    Host(CLOUDFLARE, _by("cloudflare", "cf-ray")),
    Host(NGINX, _by(("nginx", "openresty"))),
    Host(APACHE, _by(("apache", "litespeed"))),  # which reads .htaccess, too
)
_UNKNOWN = Host("", lambda _: True)
_HEADERS_FILE = "in the file _headers, below the line PATH, write "
_STRONG = "add a cache rule with Respect Strong ETags, and send ETag from the server behind it"
_LOCATION = "location WHERE { types { } default_type TYPE;"
_FILES = "in a .htaccess beside it, three lines: <Files NAME>, ForceType TYPE and </Files>"
_XML_TYPES = "application/xml application/rss+xml application/atom+xml application/feed+json application/json"
# By the names of checks, then of hosts; what is under "" comes first everywhere else.
REMEDIES: Mapping[str, Mapping[str, str]] = {
    "answer": {
        "": "publish it there, or correct url in feed.toml",
        GITHUB: "look under Actions whether it was deployed, and under Settings, Pages, from which branch",
        NETLIFY: "look under Deploys whether the last one failed, and which folder it publishes",
        CLOUDFLARE: "look under Deployments whether the last one failed, and which folder it publishes",
        S3: "publish it there, and allow everybody s3:GetObject in the policy of the bucket",
    },
    "feed": {"": "publish the feed there, and let nothing else answer in its place"},
    "content": {
        "": "publish again if that was long ago, or purge the cache in front of the server",
        GITHUB: "look under Actions whether it was deployed; its cache takes up to 10 minutes",
        NETLIFY: "look under Deploys whether the last one failed",
        CLOUDFLARE: "look under Deployments, or choose Caching, Configuration, Purge Everything",
        S3: "with CloudFront: aws cloudfront create-invalidation --distribution-id ID --paths '/*'",
    },
    "type": {
        "": "send it as TYPE",
        NGINX: f"{_LOCATION} charset utf-8; charset_types TYPE; }}",
        APACHE: _FILES,
        GITHUB: "give the file a name that ends in .xml, or in .json for JSON Feed: feed_files in feed.toml",
        NETLIFY: f"{_HEADERS_FILE}Content-Type: TYPE; charset=utf-8",
        CLOUDFLARE: f"{_HEADERS_FILE}Content-Type: TYPE; charset=utf-8",
        S3: "set Content-Type of the object to TYPE, as dateline publish does",
    },
    "charset": {
        "": "send it as TYPE; charset=utf-8",
        NGINX: f"{_LOCATION} charset utf-8; charset_types TYPE; }}",
        APACHE: "in .htaccess, AddDefaultCharset UTF-8 and AddCharset UTF-8 .xml .json",
        GITHUB: "give the file a name that ends in .xml, or in .json for JSON Feed: feed_files in feed.toml",
        NETLIFY: f"{_HEADERS_FILE}Content-Type: TYPE; charset=utf-8",
        CLOUDFLARE: f"{_HEADERS_FILE}Content-Type: TYPE; charset=utf-8",
        S3: "set Content-Type of the object to TYPE; charset=utf-8, as dateline publish does",
    },
    "validators": {
        "": "have the server send ETag or Last-Modified: serve the feed as a plain file",
        NGINX: "etag on; and no sub_filter, SSI or more_clear_headers for feeds",
        APACHE: "FileETag MTime Size, and no Header unset ETag or Last-Modified",
        CLOUDFLARE: _STRONG,
        NETLIFY: "serve the feed as a file, not by a function",
    },
    "not-modified": {
        "": "serve the feed as a plain file, and leave If-None-Match and If-Modified-Since to the server",
        NGINX: "etag on; if_modified_since before;",
        APACHE: "FileETag MTime Size, and no RequestHeader unset If-None-Match or If-Modified-Since",
        CLOUDFLARE: _STRONG,
    },
    "compression": {
        "": "compress XML and JSON with gzip",
        NGINX: f"gzip on; gzip_vary on; gzip_proxied any; gzip_types {_XML_TYPES};",
        APACHE: f"AddOutputFilterByType DEFLATE {_XML_TYPES}",
        NETLIFY: "send it as application/xml or application/json, which it compresses",
        CLOUDFLARE: "send it as application/xml or application/json, which it compresses, or add a compression rule",
        S3: "gzip = true below [publish] in feed.toml, or put CloudFront before it and let that compress",
    },
    "compressed-etag": {
        "": "keep ETag or Last-Modified when compressing, and answer 304 to them",
        NGINX: "etag on; if_modified_since before; and gzip on; of nginx itself",
        APACHE: 'RequestHeader edit "If-None-Match" \'^"((.*)-gzip)"$\' \'"$1", "$2"\'',
        CLOUDFLARE: _STRONG,
    },
    "head": {
        "": "answer HEAD like GET, without the content",
        NGINX: "allow HEAD: limit_except GET { deny all; } includes it, a test of $request_method must name it",
        APACHE: "allow HEAD: no <Limit>, <LimitExcept> or RewriteCond %{REQUEST_METHOD} that stops it",
    },
    "self": {"": "make url in feed.toml the address at which people subscribe, or write ADDRESS into the feed"},
    "redirect": {
        "": "redirect with 301 or 308, which readers remember",
        NGINX: "return 301 in place of return 302, or rewrite … permanent in place of redirect",
        APACHE: "Redirect permanent, or RewriteRule … [R=301,L]",
        NETLIFY: "in the file _redirects, end the line in 301",
        CLOUDFLARE: "in the file _redirects, end the line in 301, or choose 301 in the redirect rule",
        S3: "x-amz-website-redirect-location on the object, or HttpRedirectCode 301 in the routing rule",
    },
    "caching": {
        "": "let feeds be cached for minutes, like Cache-Control: max-age=300",
        NGINX: "location WHERE { expires 5m; }",
        APACHE: 'ExpiresByType TYPE "access plus 5 minutes"',
        NETLIFY: f"{_HEADERS_FILE}Cache-Control: max-age=300",
        CLOUDFLARE: "set Caching, Configuration, Browser Cache TTL to Respect Existing Headers, or use _headers",
        S3: "set Cache-Control of the object to max-age=300",
    },
    "https": {
        "": "redirect http to https with 301",
        NGINX: "server { listen 80; server_name HOST; return 301 https://$host$request_uri; }",
        APACHE: "in the virtual host of port 80, Redirect permanent / https://HOST/",
        GITHUB: "tick Settings, Pages, Enforce HTTPS",
        NETLIFY: "turn on Domain management, HTTPS, Force HTTPS",
        CLOUDFLARE: "turn on SSL/TLS, Edge Certificates, Always Use HTTPS",
        S3: "put CloudFront before it, with the viewer protocol policy Redirect HTTP to HTTPS",
    },
    "discovery": {"": 'put <link rel="alternate" type="TYPE" href="ADDRESS"> into its <head>'},
    "missing-page": {
        "": "have the server answer 404, with the page 404.html",
        NGINX: "try_files $uri $uri/ =404; error_page 404 /404.html;",
        APACHE: "ErrorDocument 404 /404.html, and no FallbackResource or RewriteRule to index.html",
        NETLIFY: "take the line /* /index.html 200 out of the file _redirects",
        CLOUDFLARE: "publish a page 404.html: without one, Pages answers with the home page",
        S3: "set the error document of the website to 404.html; in CloudFront, no custom error response with 200",
    },
    "old-address": {"": "publish the redirect there again, or have the server redirect with 301"},
    "enclosure": {"": "publish the file there, or correct its address in the post"},
    "ranges": {
        "": "serve it as a plain file, without compression",
        NGINX: "no max_ranges 0; and no gzip or sub_filter for it",
        APACHE: "no Header unset Accept-Ranges, MaxRanges none or DEFLATE for it",
        CLOUDFLARE: "serve media from R2 or another host",
    },
    "enclosure-length": {"": "build and publish again, or correct the length in the post"},
    "enclosure-type": {
        "": "send it as TYPE",
        NGINX: f"{_LOCATION} }}",
        APACHE: _FILES,
        NETLIFY: f"{_HEADERS_FILE}Content-Type: TYPE",
        CLOUDFLARE: f"{_HEADERS_FILE}Content-Type: TYPE",
        S3: "set Content-Type of the object to TYPE, as dateline publish does",
    },
    "certificate": {
        "": "renew it, and let a timer do that from now on",
        NGINX: "certbot renew, and nginx -s reload",
        APACHE: "certbot renew, and apachectl graceful",
        GITHUB: "under Settings, Pages, remove the domain and add it again",
        NETLIFY: "renew it under Domain management, HTTPS",
        CLOUDFLARE: "look under SSL/TLS, Edge Certificates, why it was not renewed",
        S3: "look in Certificate Manager why it was not renewed",
    },
}


def host_of(headers: Headers) -> Host:
    """Return the host that sent headers."""
    return next((host for host in HOSTS if host.is_at(headers)), _UNKNOWN)


def remedy(check: str, host: Host, address: str, media_type: str = "") -> str:
    """Return how to fix what a check found; on a host that is not known, in general and on nginx and Apache."""
    texts = REMEDIES[check]
    found = texts.get(host.name) or texts[""]
    if not host.name:
        short = {name: texts[name].replace(_XML_TYPES, "…") for name in (NGINX, APACHE) if name in texts}
        found = " ".join([found, *(f"({name}: {text.rstrip(';')})" for name, text in short.items())])
        if any("…" in text for text in short.values()):
            found += "; in full: dateline help verify"
    parts = urlsplit(address)
    path = parts.path or "/"
    file = f"{path}{INDEX_PAGE}" if path.endswith("/") else path
    name = file.rpartition("/")[2]
    ending = posixpath.splitext(name)[1]
    is_like_pages = not ending or name.endswith(PAGE_ENDINGS)
    values = {
        "ADDRESS": address,
        "HOST": parts.hostname or "",
        "PATH": path,
        "NAME": name,
        "WHERE": f"= {file}" if is_like_pages else f"~ {re.escape(ending)}$",
        "TYPE": media_type,
    }
    return re.sub(rf"\b(?:{'|'.join(values)})\b", lambda match: values[match[0]], found)
