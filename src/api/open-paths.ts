/** Whether a request is for a static file, which any site may show in a browser. */
export function isStaticPath(path: string): boolean {
  const isPage = path === "/" || path === "/chat" || path === "/chat/" || path === "/widget.js" || path === "/docs";
  return isPage || path.startsWith("/docs/") || path.startsWith("/assets/");
}
