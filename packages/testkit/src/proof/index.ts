/**
 * The rules that MeshHook promises, checked from outside: what senders were told, what is stored and what the target of calls saw are three
 * records that know nothing of each other. The simulation and the fault harness judge by the same rules.
 */
export {
  checkCancel,
  checkChild,
  checkDelivery,
  checkRun,
  checkSignal,
  checkTarget,
  type Arrival,
  type Told,
} from "./check.ts";
export { callKey, History, placeOfCall, type AskedCall, type StoredSegment } from "./history.ts";
export { countOpenRuns, readJournal, type StoredRun } from "./read-journal.ts";
export { storeAnyhow } from "./store-anyhow.ts";
export type { Report, Violation } from "./violation.ts";
