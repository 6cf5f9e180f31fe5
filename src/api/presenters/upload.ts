import { type AttachmentView, attachmentView } from "../../commands/attachment-view.js";
import { isPictureType } from "../../runtime/file-kinds.js";
import type { PictureAddresses } from "../../runtime/picture-addresses.js";

/** An upload as who may have it sees it; a picture with an address that shows it without a token, for five minutes. */
export async function presentUpload(
  row: Omit<AttachmentView, "url">,
  addresses: Pick<PictureAddresses, "sign">,
): Promise<AttachmentView> {
  const view = attachmentView(row);
  if (!isPictureType(row.type)) return view;
  return { ...view, url: `/api/uploads/${row.id}/picture/?signature=${await addresses.sign(row.id)}` };
}
