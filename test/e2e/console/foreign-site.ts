import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { freePort } from "../../support/free-port.js";

/** A site of somebody else's, that shows the widget: another name than the desk's, a strict policy, and styles that mean ill. */
export interface ForeignSite {
  origin: string;
  stop(): Promise<unknown>;
}

const hostile = `
  * { all: unset !important; color: red !important; font: 40px serif !important; display: block !important; }
  * { --accent: red !important; --surface: red !important; visibility: hidden !important; position: static !important; }
  button, textarea, div, section, svg { width: 7px !important; height: 7px !important; background: lime !important; }
  switchboard-widget, switchboard-widget * { display: none !important; opacity: 0 !important; filter: invert(1) !important; }
  head, script, style { display: none !important; }
`;

/** Serves a page at `/` with the widget of the desk; `attributes` are its tag's. */
export async function startForeignSite(attributes = ""): Promise<ForeignSite & { showsWidgetOf(desk: string): void }> {
  let desk = "";
  const server: Server = createServer((request, response) => {
    if (request.url === "/hostile.css") {
      response.writeHead(200, { "content-type": "text/css" }).end(hostile);
      return;
    }
    if (request.url === "/page.js") {
      response.writeHead(200, { "content-type": "text/javascript" }).end(`
        window.told = []; window.toldByName = []; window.keys = 0;
        window.shop = { changed: (id) => window.toldByName.push(id) };
        window.Switchboard = { onConversationChange: (id) => window.told.push(id) };
        document.addEventListener("keydown", () => { window.keys++; });
      `);
      return;
    }
    const isStrange = request.url === "/with-hostile-styles";
    const policy =
      `default-src 'none'; script-src 'self' ${desk}; connect-src ${desk} ${desk.replace("http", "ws")}; ` +
      "style-src 'self'; img-src blob:; require-trusted-types-for 'script'; trusted-types 'none'";
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": policy }).end(`
      <!doctype html><html lang="en"><head><title>The shop</title>
      <meta name="viewport" content="width=device-width, initial-scale=1">
      ${isStrange ? '<link rel="stylesheet" href="/hostile.css">' : ""}
      <script src="/page.js"></script>
      <script async src="${desk}/widget.js" data-bot-name="CRM Assistant" data-position="bottom-right" ${attributes}></script>
      </head><body><main><h1>The shop</h1><p>Buy something.</p></main></body></html>`);
  });
  const port = await freePort();
  server.listen(port, "localhost");
  await once(server, "listening");
  return {
    origin: `http://localhost:${port}`,
    showsWidgetOf: (base) => {
      desk = base;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
      return once(server, "close");
    },
  };
}
