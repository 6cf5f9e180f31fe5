import type { Answered, ApiUnderTest, CallOptions } from "../api-under-test.js";

const boundary = "------------------------test0boundary";

/** A multipart form with one file, byte by byte as clients write it. */
export function formOf(bytes: Uint8Array, name: string, field = "file", type = "application/octet-stream"): Buffer {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

export const formHeaders = { "content-type": `multipart/form-data; boundary=${boundary}` };

/** Uploads a file as `token`'s user. */
export function upload(
  api: ApiUnderTest,
  token: string,
  bytes: Uint8Array,
  name: string,
  options: CallOptions = {},
): Promise<Answered> {
  const headers = { ...formHeaders, ...options.headers };
  return api.call("POST", "/api/uploads/", undefined, { token, raw: formOf(bytes, name), headers });
}
