import { words } from "../words/en.js";

export type BadgeLevel = keyof typeof words.levels;

/** How urgent: a word, never a colour alone. */
export function LevelBadge({ level, score }: { level: BadgeLevel | null; score?: number | null }) {
  if (level === null) return <span className="level unscored">{words.unscored}</span>;
  return (
    <span className={`level ${level}`}>
      {words.levels[level]}
      {score !== undefined && score !== null && <span className="score">{score}</span>}
    </span>
  );
}
