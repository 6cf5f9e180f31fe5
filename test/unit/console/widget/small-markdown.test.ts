import fc from "fast-check";
import { type Token as MarkedToken, marked } from "marked";
import { expect, it } from "vitest";
import { lexer, type Token } from "../../../../src/console/widget/small-markdown.js";

/** What a reader is shown of a token, whichever lexer made it. */
function shown(token: Token | MarkedToken): unknown {
  const { type, raw, text, href, tokens, items, ordered, start } = token as Token;
  const inner = (list: readonly Token[]) => joined(list.filter(({ type: kind }) => kind !== "space").map(shown));
  switch (type) {
    case "text":
      return tokens ? { text: inner(tokens) } : raw;
    case "codespan":
    case "code":
      return { [type]: text };
    case "escape":
      return text;
    case "br":
    case "hr":
      return type;
    case "link":
      return { link: href, of: inner(tokens ?? []) };
    case "image":
      return raw;
    case "list":
      return { list: ordered ? start : "", items: (items ?? []).map((item) => inner(item.tokens)) };
    default:
      return tokens ? { [type]: inner(tokens) } : raw;
  }
}

/** Texts that follow each other are one. */
function joined(parts: unknown[]): unknown[] {
  const all: unknown[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (typeof part === "string" && typeof last === "string" && part !== "br" && last !== "br")
      all.splice(-1, 1, last + part);
    else all.push(part);
  }
  return all;
}

const read = (tokens: readonly (Token | MarkedToken)[]) =>
  joined(tokens.filter(({ type }) => type !== "space").map(shown));
const bySmall = (text: string) => read(lexer(text));
const byMarked = (text: string) => read(marked.lexer(text, { gfm: true, breaks: true }));

it.each([
  "Just words.",
  "One line\nand another  \nand a third",
  "A paragraph\n\nand another",
  "**bold** and *italic* and ~~struck~~ and `code`",
  "__bold__ and _italic_ and snake_case_word and 2*3*4 and 5 * 6 * 7",
  "***both***",
  "**bold with *italic* inside**",
  "*italic with **bold** inside*",
  "not ** bold ** nor * italic *",
  "unclosed **bold and `code",
  "Steps:\n1. first\n2. second\n3. third",
  "- one\n- two\n  - inner\n  - inner two\n- three",
  "- one\n\n- two, loose",
  "* a\n* b\n\nafter",
  "7. seven\n8. eight",
  "text\n- list that breaks in",
  "text\n2. no list",
  "> quoted\n> more\n\nnot quoted",
  "> outer\n>> inner",
  "# Heading\ntext",
  "### Heading ###",
  "```\ncode **not bold**\n\n  indented\n```\nafter",
  "```js\nconst a = 1;\n```",
  "~~~\nunclosed",
  "a\n\n---\n\nb",
  "[a link](https://example.test/a?b=c) here",
  '[titled](https://example.test "a title")',
  "[in brackets](<https://example.test/a b>)",
  "[round](https://example.test/a_(b))",
  "[**bold** link](https://example.test)",
  "![a picture](https://example.test/a.png)",
  "see https://example.test/path?x=1, or http://example.test.",
  "(https://example.test/a)",
  "<https://example.test>",
  "www.example.test is one",
  "\\*not italic\\* and \\`no code\\`",
  "a `` code with ` in it `` b",
  "<b>no tag</b>".replace("<b>", "&lt;b&gt;"),
  "Amount: $5 & 10%, that's #1!",
  "**Note:** pay by Friday.\n\n1. Open *Loans*\n2. Tap **Pay**",
])("reads as marked does: %j", (text) => {
  expect(bySmall(text)).toEqual(byMarked(text));
});

it("a tag is text", () => {
  expect(bySmall("<img src=x onerror=alert(1)> <b>bold</b>")).toEqual([
    { paragraph: ["<img src=x onerror=alert(1)> <b>bold</b>"] },
  ]);
});

/** All but fences, whose first line is shown by neither. */
const pieces = [
  "a",
  "b c",
  " ",
  "\n",
  "\n\n",
  "*",
  "**",
  "_",
  "> ",
  "- ",
  "1. ",
  "# ",
  "[x](y)",
  "[",
  "](",
  "\\",
  "<",
  "https://d.e",
  "|",
  "\t",
];

it("loses no letter of any text, and makes none up", () => {
  const letters = (said: unknown) =>
    JSON.stringify(said)
      .replace(/"(br|hr|text|paragraph|heading|blockquote|list|items|link|of|strong|em|del|code|codespan)"/g, "")
      .replace(/\\[nt]/g, "")
      .replace(/[^a-z]/g, "");
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (parts) => {
      // What is between brackets is shown, where they lead to is not, where they do.
      const text = parts.join("");
      const said = letters(lexer(text).map((token) => shown({ ...token }))).replace(/y/g, "");
      const twice = letters(text).replace(/y/g, "");
      expect([...new Set(said)].sort()).toEqual([...new Set(twice)].sort());
    }),
    { numRuns: 500 },
  );
});

it.each([
  ["open marks", "**a ".repeat(2500)],
  ["marks", "*".repeat(10_000)],
  ["quotes", ">".repeat(10_000)],
  [
    "nested lists",
    Array.from({ length: 140 }, (_, depth) => `${" ".repeat(depth)}- a`)
      .join("\n")
      .slice(0, 10_000),
  ],
  ["brackets", "[".repeat(10_000)],
  ["half links", "[a](".repeat(2500)],
  ["backticks", "`a``b".repeat(2000)],
  ["underscores", "_a".repeat(5000)],
])("takes no more than a moment for ten thousand %s", (_, text) => {
  // Not a matter of speed: what doubles with each sign would not end.
  expect(lexer(text).length).toBeGreaterThan(0);
});
