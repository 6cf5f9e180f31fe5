/** A kind of file that can be uploaded: what it is sent as, how its name may end, and how short it cannot be. */
export interface FileKind {
  type: string;
  extensions: readonly [string, ...string[]];
  /** Shown by browsers as a picture. */
  picture?: true;
  /** Bytes of the shortest file of the kind that holds anything. */
  bytesMin: number;
}

/** The kinds that UPLOAD_TYPES can name. */
export const fileKinds = {
  jpeg: { type: "image/jpeg", extensions: ["jpg", "jpeg", "jpe", "jfif"], picture: true, bytesMin: 107 },
  png: { type: "image/png", extensions: ["png"], picture: true, bytesMin: 67 },
  gif: { type: "image/gif", extensions: ["gif"], picture: true, bytesMin: 26 },
  webp: { type: "image/webp", extensions: ["webp"], picture: true, bytesMin: 26 },
  pdf: { type: "application/pdf", extensions: ["pdf"], bytesMin: 67 },
  txt: { type: "text/plain", extensions: ["txt", "text", "log", "md"], bytesMin: 1 },
  csv: { type: "text/csv", extensions: ["csv"], bytesMin: 1 },
} as const satisfies Record<string, FileKind>;

/** The name of a kind. */
export type FileKindName = keyof typeof fileKinds;

/** Whether a media type is one of a picture that browsers show. */
export function isPictureType(type: string): boolean {
  const kinds: readonly FileKind[] = Object.values(fileKinds);
  return kinds.some((kind) => kind.type === type && kind.picture);
}
