import { createTransport } from "nodemailer";
import { smtpFault } from "./smtp-fault.js";

/** Whether a mail server is there and takes us, without sending anything; a sentence that says what it refused, or null. */
export async function verifyMail(url: string, deadlineMs: number): Promise<string | null> {
  const timeouts = { connectionTimeout: deadlineMs, greetingTimeout: deadlineMs, socketTimeout: deadlineMs };
  const transport = createTransport({ url, ...timeouts, disableFileAccess: true, disableUrlAccess: true });
  try {
    await transport.verify();
    return null;
  } catch (error) {
    const { outcome, answer } = smtpFault(error, "");
    const said = typeof answer?.body === "string" && answer.body !== "" ? ` ${answer.body}` : "";
    return `${outcome.kind === "sent" ? "" : outcome.error}${said}`;
  } finally {
    transport.close();
  }
}
