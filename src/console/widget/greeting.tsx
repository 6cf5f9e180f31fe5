import { Button } from "../parts/button.js";
import { words } from "../words/en-widget.js";
import type { WidgetDesk } from "./widget-desk.js";

/** Before anything was said: what may be asked with one click. */
export function Greeting({ desk }: { desk: WidgetDesk }) {
  const prompts = desk.desk?.prompts ?? [];
  return (
    <div className="talk greeting">
      <h3>{words.greeting}</h3>
      <p className="muted">{prompts.length > 0 ? words.greetingHint : words.greetingOwnWords}</p>
      {prompts.map(({ id, title, text }) => (
        <Button key={id} onClick={() => desk.say(text, null)}>
          {title}
        </Button>
      ))}
    </div>
  );
}
