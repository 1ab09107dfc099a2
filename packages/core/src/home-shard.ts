/**
 * The shard whose owner decides for a workflow what one place has to decide: when it is the turn of a run, and when a schedule is due. It follows
 * from the workflow's id.
 *
 * @param workflowId  A UUID whose last digits are random.
 * @param shards  The number of shards.
 */
export function homeShardOf(workflowId: string, shards: number): number {
  return parseInt(workflowId.slice(-8), 16) % shards;
}
