import { catalogTasks } from "./catalog/index.js";
import { deedTasks } from "./deed/index.js";
import { deployTasks } from "./deploy/index.js";
import { epochTasks } from "./epoch/index.js";
import { governanceTasks } from "./governance/index.js";
import { issuingTasks } from "./issuing/index.js";
import { jobTasks } from "./job/index.js";
import { compiled } from "./lib/compiled.js";
import { nodeTasks } from "./node/index.js";
import { operatorTasks } from "./operator/index.js";
import { oracleTasks } from "./oracle/index.js";
import { pauseTasks } from "./pause/index.js";
import { poolTasks } from "./pool/index.js";
import { rewardsTasks } from "./rewards/index.js";
import { supplyTasks } from "./supply/index.js";

const definitions = [
  ...deployTasks,
  ...deedTasks,
  ...issuingTasks,
  ...operatorTasks,
  ...nodeTasks,
  ...oracleTasks,
  ...epochTasks,
  ...rewardsTasks,
  ...supplyTasks,
  ...catalogTasks,
  ...jobTasks,
  ...pauseTasks,
  ...governanceTasks,
  ...poolTasks,
];

/** Every task of the protocol. Actions load when they run: they need the compiled contracts' types, the compiler does not. */
export const tasks = definitions.map((definition) => ({ ...definition, action: compiled(definition.action) }));
