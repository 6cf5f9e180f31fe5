import type { Migration } from "kysely";
import * as house from "./0001_house.js";
import * as assignment from "./0002_assignment.js";
import * as fillAgent from "./0003_fill_agent.js";
import * as search from "./0004_search.js";
import * as identity from "./0005_identity.js";
import * as audit from "./0006_audit.js";
import * as idempotency from "./0007_idempotency.js";
import * as rowSecurity from "./0008_row_security.js";
import * as visibility from "./0009_visibility.js";
import * as conversations from "./0010_conversations.js";
import * as attachments from "./0011_attachments.js";
import * as presence from "./0012_presence.js";
import * as bot from "./0013_bot.js";
import * as disabledAgents from "./0014_disabled_agents.js";
import * as matters from "./0015_matters.js";
import * as deliveries from "./0016_deliveries.js";
import * as deliveryOrder from "./0017_delivery_order.js";
import * as steadyPlans from "./0018_steady_plans.js";
import * as sayTogether from "./0019_say_together.js";
import * as wallByKey from "./0020_wall_by_key.js";
import * as replyTogether from "./0021_reply_together.js";
import * as putOffFollowers from "./0022_put_off_followers.js";
import * as pullTogether from "./0023_pull_together.js";
import * as foundByKey from "./0024_found_by_key.js";
import * as behindWhatStands from "./0025_behind_what_stands.js";

/** Every migration by its name, in order. Forward only: a mistake is mended by the next one. */
export const migrations: Record<string, Migration> = {
  "0001_house": house,
  "0002_assignment": assignment,
  "0003_fill_agent": fillAgent,
  "0004_search": search,
  "0005_identity": identity,
  "0006_audit": audit,
  "0007_idempotency": idempotency,
  "0008_row_security": rowSecurity,
  "0009_visibility": visibility,
  "0010_conversations": conversations,
  "0011_attachments": attachments,
  "0012_presence": presence,
  "0013_bot": bot,
  "0014_disabled_agents": disabledAgents,
  "0015_matters": matters,
  "0016_deliveries": deliveries,
  "0017_delivery_order": deliveryOrder,
  "0018_steady_plans": steadyPlans,
  "0019_say_together": sayTogether,
  "0020_wall_by_key": wallByKey,
  "0021_reply_together": replyTogether,
  "0022_put_off_followers": putOffFollowers,
  "0023_pull_together": pullTogether,
  "0024_found_by_key": foundByKey,
  "0025_behind_what_stands": behindWhatStands,
};
