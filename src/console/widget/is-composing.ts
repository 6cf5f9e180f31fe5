/** Whether a key belongs to a letter that is still being put together (an input method). Preact hands on the browser's own event. */
export function isComposing(event: object): boolean {
  return "isComposing" in event && event.isComposing === true;
}
