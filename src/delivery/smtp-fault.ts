import type { Attempted } from "./channel.js";
import { answerText } from "./redact.js";

/** What nodemailer says of a mail that was not taken. */
interface SmtpError {
  message: string;
  code?: string;
  responseCode?: number;
  response?: string;
  command?: string;
}

/** Codes by which a server says that there is no such mailbox, or that it takes no mail (RFC 5321 4.2.3, RFC 7504). */
const noMailbox: ReadonlySet<number> = new Set([521, 550, 551, 553, 556]);

/**
 * What a fault of SMTP means: 4xx, a lost connection and a refused sign-in are worth another try (a sign-in is mended by
 * people); 5xx is final; 5xx to the recipient, of a kind that speaks of the mailbox, marks the address as bounced.
 */
export function smtpFault(error: unknown, address: string): Pick<Attempted, "outcome" | "answer" | "bounce"> {
  const fault: SmtpError = error instanceof Error ? error : { message: String(error) };
  const { responseCode: code, command } = fault;
  const words = answerText(fault.response ?? fault.message);
  const answer = code === undefined ? null : { status: code, body: words };
  const text =
    code === undefined ? `The mail server was not reached (${fault.code ?? "unknown"}).` : `It answered ${code}.`;
  const final = code !== undefined && code >= 500 && fault.code !== "EAUTH";
  if (!final) return { outcome: { kind: "failed", error: text }, answer };
  const bounced = command === "RCPT TO" && noMailbox.has(code);
  return {
    outcome: { kind: "refused", error: bounced ? `The address takes no mail (${code}).` : text },
    answer,
    ...(bounced ? { bounce: { address, code, answer: words } } : {}),
  };
}
