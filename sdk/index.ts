/** Deploys container jobs on R1, in Node and in browsers. See README.md. */
export {
  type AppEvent,
  ContainerApp,
  type ContainerAppOptions,
  type Deployed,
  type DeployOptions,
  type LogEntry,
  type LogOptions,
  type Progress,
  type TargetOptions,
} from "./app.js";
export type { AppContent, ResourceClass } from "./appSpec.js";
export { SdkError, type SdkErrorCode } from "./errors.js";
export { createSession, type Session, type SessionOptions } from "./session.js";
export type { WalletLike } from "./wallet.js";
