/** The paths that need no token (CONTRACT.md 0 and 3). All others do. */
const openPaths: ReadonlySet<string> = new Set([
  "/",
  "/api/auth/login/",
  "/api/auth/refresh/",
  "/healthz",
  "/readyz",
  "/openapi.json",
  "/docs",
  "/docs/{file}",
]);

/** Whether a route may be called by anybody. */
export function isOpenPath(path: string): boolean {
  return openPaths.has(path);
}

/** Whether a request is for a static file, which any site may show in a browser. */
export function isStaticPath(path: string): boolean {
  return path === "/" || path === "/docs" || path.startsWith("/docs/");
}
