import { lexer, type Token, type Tokens } from "marked";
import { Fragment, memo, type ReactNode } from "react";

/** Only what opens a page or a letter; anything else stays text. */
const safeLink = /^(https?:\/\/|mailto:)/i;

/**
 * A message's markdown as elements. No HTML is made or taken at any point: a tag in a message is its text, a picture its
 * address, and a link leads to http, https and mailto alone.
 */
export const MessageText = memo(function MessageText({ text }: { text: string }) {
  return <div className="prose">{blocks(lexer(text, { gfm: true, breaks: true }))}</div>;
});

function blocks(tokens: readonly Token[]): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: a message's text does not change its order
  return tokens.map((token, index) => <Fragment key={`${index}-${token.type}`}>{block(token)}</Fragment>);
}

function block(token: Token): ReactNode {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "hr":
      return <hr />;
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide block is scrolled by its keys
        <pre tabIndex={0}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "blockquote":
      return <blockquote>{blocks((token as Tokens.Blockquote).tokens)}</blockquote>;
    case "heading":
      return (
        <p>
          <strong>{inline((token as Tokens.Heading).tokens)}</strong>
        </p>
      );
    case "list":
      return list(token as Tokens.List);
    case "table":
      return <pre>{token.raw}</pre>;
    case "paragraph":
      return <p>{inline((token as Tokens.Paragraph).tokens)}</p>;
    case "text":
      return inline((token as Tokens.Text).tokens ?? [token]);
    default:
      return <p>{token.raw}</p>;
  }
}

function list({ items, ordered, start }: Tokens.List): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: a message's text does not change its order
  const entries = items.map((item, index) => <li key={index}>{blocks(item.tokens)}</li>);
  return ordered ? <ol start={start === "" ? 1 : start}>{entries}</ol> : <ul>{entries}</ul>;
}

function inline(tokens: readonly Token[]): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: a message's text does not change its order
  return tokens.map((token, index) => <Fragment key={`${index}-${token.type}`}>{span(token)}</Fragment>);
}

function span(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inline((token as Tokens.Strong).tokens)}</strong>;
    case "em":
      return <em>{inline((token as Tokens.Em).tokens)}</em>;
    case "del":
      return <del>{inline((token as Tokens.Del).tokens)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link": {
      const { href, tokens } = token as Tokens.Link;
      if (!safeLink.test(href)) return token.raw;
      return (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow">
          {inline(tokens)}
        </a>
      );
    }
    case "escape":
      return (token as Tokens.Escape).text;
    case "text":
      return (token as Tokens.Text).tokens ? inline((token as Tokens.Text).tokens ?? []) : (token as Tokens.Text).raw;
    default:
      return token.raw;
  }
}
