/** Whether a request is for a static file, which any site may show in a browser. */
export function isStaticPath(path: string): boolean {
  return path === "/" || path === "/docs" || path.startsWith("/docs/");
}
