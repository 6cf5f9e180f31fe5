/** Calls back when the network is there again and when the page is looked at again; returns what ends it. */
export function onComeBack(listener: () => void): () => void {
  const onVisible = () => {
    if (document.visibilityState === "visible") listener();
  };
  window.addEventListener("online", listener);
  document.addEventListener("visibilitychange", onVisible);
  return () => {
    window.removeEventListener("online", listener);
    document.removeEventListener("visibilitychange", onVisible);
  };
}
