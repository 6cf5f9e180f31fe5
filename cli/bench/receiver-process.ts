import { createServer } from "node:http";

/** A receiver of webhooks for the bench, in a process of its own: answers at once, or never. Arguments: port, behaviour. */
const [port, behaviour] = process.argv.slice(2);

const server = createServer((req, res) => {
  req.resume();
  if (behaviour === "hang") return;
  req.on("end", () => res.writeHead(204).end());
});
server.listen(Number(port), "127.0.0.1", () => process.send?.("listening"));
process.on("disconnect", () => process.exit(0));
