import { createRoot } from "react-dom/client";
import { openBrowserSession } from "./http/browser-session.js";
import { applyTheme } from "./parts/theme.js";
import { App } from "./screens/app.js";

applyTheme();
const root = document.getElementById("root");
if (root) createRoot(root).render(<App session={openBrowserSession("switchboard.session")} />);
