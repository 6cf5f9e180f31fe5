/** A piece of a message, in the words of marked's lexer, whose place this takes in the widget's build. */
export interface Token {
  type: string;
  raw: string;
  text?: string;
  href?: string;
  tokens?: Token[];
  ordered?: boolean;
  start?: number | "";
  items?: { tokens: Token[] }[];
}

/** Deeper than that it is text as it stands. */
const depthMax = 6;
const fence = /^ {0,3}(`{3,}|~{3,})[^`]*$/;
const heading = /^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$/;
const rule = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const quote = /^ {0,3}> ?/;
const item = /^( {0,3})([-*+]|\d{1,9}[.)])([ \t]+)(?=\S)/;

/**
 * A message's markdown as tokens: the part of it that people and bots write in a chat (paragraphs with their line ends, bold,
 * italic, struck, code, lists, quotes, headings, links), read as marked reads it, in a tenth of its size. What it does not
 * know stays text. Whole in one pass over the lines, and safe for any text.
 */
export function lexer(text: string, _options?: object): Token[] {
  return blocks(text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n"), 0, false);
}

function blocks(lines: readonly string[], depth: number, isTight: boolean): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const opened = fence.exec(line)?.[1];
    if (line.trim() === "") at++;
    else if (opened) at = code(lines, at, opened, tokens);
    else if (heading.test(line)) {
      tokens.push({ type: "heading", raw: line, tokens: inline(heading.exec(line)?.[1] ?? "", 0) });
      at++;
    } else if (rule.test(line)) {
      tokens.push({ type: "hr", raw: line });
      at++;
    } else if (depth < depthMax && quote.test(line)) at = quoted(lines, at, depth, tokens);
    else if (depth < depthMax && item.test(line)) at = list(lines, at, depth, tokens);
    else {
      const from = at++;
      while (at < lines.length && continues(lines[at] ?? "")) at++;
      const raw = lines
        .slice(from, at)
        .map((one) => one.trimStart())
        .join("\n");
      tokens.push({ type: isTight ? "text" : "paragraph", raw, tokens: inline(raw.trimEnd(), 0) });
    }
  }
  return tokens;
}

/** Whether a line goes on with the paragraph before it. A list breaks in only where it begins with 1. */
function continues(line: string): boolean {
  if (line.trim() === "" || fence.test(line) || heading.test(line) || rule.test(line) || quote.test(line)) return false;
  const mark = item.exec(line)?.[2];
  return mark === undefined || (/\d/.test(mark) && Number.parseInt(mark, 10) !== 1);
}

function code(lines: readonly string[], from: number, opened: string, tokens: Token[]): number {
  const closing = new RegExp(`^ {0,3}\\${opened[0]}{${opened.length},} *$`);
  let to = from + 1;
  while (to < lines.length && !closing.test(lines[to] ?? "")) to++;
  const text = lines.slice(from + 1, to).join("\n");
  tokens.push({ type: "code", raw: text, text });
  return to + 1;
}

function quoted(lines: readonly string[], from: number, depth: number, tokens: Token[]): number {
  const inner: string[] = [];
  let at = from;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (!quote.test(line) && (inner.at(-1)?.trim() === "" || !continues(line))) break;
    inner.push(line.replace(quote, ""));
  }
  tokens.push({ type: "blockquote", raw: "", tokens: blocks(inner, depth + 1, false) });
  return at;
}

function list(lines: readonly string[], from: number, depth: number, tokens: Token[]): number {
  const kindOf = (mark: string) => (/\d/.test(mark) ? mark.at(-1) : mark);
  const first = item.exec(lines[from] ?? "")?.[2] ?? "-";
  const parts: string[][] = [];
  let width = 0;
  let isLoose = false;
  let at = from;
  for (; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const indent = line.search(/\S/);
    const [whole, , mark] = item.exec(line) ?? [];
    const isNext = whole !== undefined && mark !== undefined && (parts.length === 0 || indent < width);
    const afterBlank = at > from && lines[at - 1]?.trim() === "";
    if (indent < 0) {
      parts.at(-1)?.push("");
      continue;
    }
    if (isNext) {
      if (kindOf(mark) !== kindOf(first) || rule.test(line)) break;
      isLoose ||= afterBlank;
      width = whole.length;
      parts.push([line.slice(width)]);
      continue;
    }
    if (indent < width && (afterBlank || !continues(line))) break;
    isLoose ||= afterBlank;
    parts.at(-1)?.push(line.slice(Math.min(indent, width)));
  }
  const ordered = /\d/.test(first);
  const items = parts.map((part) => ({ tokens: blocks(part, depth + 1, !isLoose) }));
  tokens.push({ type: "list", raw: "", ordered, start: ordered ? Number.parseInt(first, 10) : "", items });
  return at;
}

const link =
  /^!?\[((?:\\.|[^[\]\\])*)\]\(\s*(?:<([^<>\n]*)>|([^\s()<]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+["'][^"'\n]*["'])?\s*\)/;
const address = /^(?:https?:\/\/|www\.)[^\s<]+/i;
const marks: readonly [type: string, pattern: RegExp][] = [
  ["strong", /^\*\*(?=[^\s*])([\s\S]*?[^\s*])\*\*(?!\*)/],
  ["strong", /^__(?=[^\s_])([\s\S]*?[^\s_])__(?![\w])/],
  ["em", /^\*(?=[^\s*])((?:[^*]|\*\*[^*]+\*\*)*?[^\s*])\*(?!\*)/],
  ["em", /^_(?=[^\s_])((?:[^_]|__[^_]+__)*?[^\s_])_(?![\w])/],
  ["del", /^~~(?=\S)([\s\S]*?\S)~~(?!~)/],
];

function inline(text: string, depth: number): Token[] {
  const tokens: Token[] = [];
  let plain = "";
  const add = (token: Token) => {
    if (plain !== "") tokens.push({ type: "text", raw: plain });
    plain = "";
    tokens.push(token);
  };
  for (let at = 0; at < text.length; ) {
    const sign = text[at] ?? "";
    // Most of a text begins nothing.
    if (!/[\\`![\n*_~<hHwW]/.test(sign)) {
      plain += sign;
      at++;
      continue;
    }
    const token = depth < depthMax ? spanAt(text, at, depth) : null;
    if (token?.type === "br") plain = plain.trimEnd();
    if (token) add(token);
    else plain += sign;
    at += token?.raw.length ?? 1;
  }
  if (plain !== "") tokens.push({ type: "text", raw: plain });
  return tokens;
}

/** What begins at that place; null: nothing but its sign. */
function spanAt(text: string, at: number, depth: number): Token | null {
  const sign = text[at] ?? "";
  const rest = text.slice(at);
  if (sign === "\n") return { type: "br", raw: /^\n */.exec(rest)?.[0] ?? sign };
  if (sign === "\\") {
    const escaped = /^\\([!-/:-@[-`{-~])/.exec(rest);
    return escaped ? { type: "escape", raw: escaped[0], text: escaped[1] ?? "" } : null;
  }
  if (sign === "`") {
    const found = /^(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/.exec(rest);
    if (!found) return { type: "text", raw: /^`+/.exec(rest)?.[0] ?? sign };
    return {
      type: "codespan",
      raw: found[0],
      text: (found[2] ?? "").replace(/\n/g, " ").replace(/^ (.*\S.*) $/, "$1"),
    };
  }
  if (sign === "[" || sign === "!") return linkIn(rest, depth);
  if (sign === "<") {
    const found = /^<(https?:\/\/[^\s<>]*|mailto:[^\s<>]*)>/i.exec(rest);
    return found
      ? { type: "link", raw: found[0], href: found[1] ?? "", tokens: [{ type: "text", raw: found[1] ?? "" }] }
      : null;
  }
  const isInWord = /\w/.test(text[at - 1] ?? "");
  if (/[hw]/i.test(sign)) return isInWord ? null : addressIn(rest);
  // Underscores inside of words are none, and a mark after its own sign is no beginning.
  if ((sign === "_" && isInWord) || text[at - 1] === sign) return null;
  const both = /^\*\*\*(?=[^\s*])([\s\S]*?[^\s*])\*\*\*(?!\*)/.exec(rest);
  if (both) return { type: "em", raw: both[0], tokens: inline(`**${both[1]}**`, depth + 1) };
  for (const [type, pattern] of marks) {
    const found = pattern.exec(rest);
    if (found) return { type, raw: found[0], tokens: inline(found[1] ?? "", depth + 1) };
  }
  return null;
}

function linkIn(rest: string, depth: number): Token | null {
  const found = link.exec(rest);
  if (!found) return null;
  const [raw, text = "", inBrackets, bare] = found;
  if (raw.startsWith("!")) return { type: "image", raw };
  return { type: "link", raw, href: inBrackets ?? bare ?? "", tokens: inline(text, depth + 1) };
}

/** An address in the text, without the signs that end the sentence around it. */
function addressIn(rest: string): Token | null {
  let raw = address.exec(rest)?.[0].replace(/[?!.,:*_~'"]+$/, "") ?? "";
  while (raw.endsWith(")") && raw.split("(").length < raw.split(")").length) raw = raw.slice(0, -1);
  if (!/^(?:https?:\/\/|www\.)[^\s]/i.test(raw)) return null;
  return { type: "link", raw, href: /^www/i.test(raw) ? `http://${raw}` : raw, tokens: [{ type: "text", raw }] };
}
