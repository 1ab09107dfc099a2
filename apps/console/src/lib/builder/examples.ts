import delayed from "../../../../../examples/delayed-follow-up/workflow.yaml?raw";
import github from "../../../../../examples/github-issue-to-crm/workflow.json?raw";
import orders from "../../../../../examples/order-gate/workflow.json?raw";

/** Workflows to start from: the repository's examples, as they are. */
export const EXAMPLES = [
  { title: "Order gate", about: "Adds up an order, takes a branch and ends. Needs nothing outside.", text: orders },
  { title: "GitHub issue to CRM", about: "One HTTP call with retries, and its error port.", text: github },
  { title: "Delayed follow-up", about: "A durable wait, then a call that is made at most once.", text: delayed },
] as const;
