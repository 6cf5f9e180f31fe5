import css from "../style/widget.css?inline";

/**
 * A place at the end of the page that the page's own style sheets do not reach: what they say of the element itself is
 * outdone by `!important` from inside. A constructed style sheet is no inline style, which a page's policy may forbid.
 */
export function openShadow(): HTMLElement {
  const host = document.createElement("switchboard-widget");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  const root = document.createElement("div");
  shadow.append(root);
  document.body.append(host);
  return root;
}
