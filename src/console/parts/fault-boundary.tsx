import { Component, type ReactNode } from "react";
import { words } from "../words/en.js";
import { Button } from "./button.js";

/** A part that fails takes no more than itself: in its place stand a sentence and a way on. Drafts are kept by then. */
export class FaultBoundary extends Component<{ children: ReactNode }, { fault: Error | null }> {
  override state: { fault: Error | null } = { fault: null };

  static getDerivedStateFromError(fault: Error) {
    return { fault };
  }

  override render() {
    const { fault } = this.state;
    if (!fault) return this.props.children;
    return (
      <main className="empty" role="alert">
        <h1>{words.broken.title}</h1>
        <p>{words.broken.hint}</p>
        <p className="muted">{fault.message}</p>
        <Button kind="primary" onClick={() => window.location.reload()}>
          {words.broken.reload}
        </Button>
      </main>
    );
  }
}
