import { createRoot } from "react-dom/client";
import { ChatApp } from "./chat/chat-app.js";
import { openBrowserSession } from "./http/browser-session.js";
import { applyTheme } from "./parts/theme.js";

applyTheme();
const root = document.getElementById("root");
if (root) createRoot(root).render(<ChatApp session={openBrowserSession("switchboard.customer")} />);
