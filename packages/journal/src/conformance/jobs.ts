import { randomUUID } from "node:crypto";

import type { NewJob } from "../jobs.ts";
import { useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

const HOLD_MS = 60_000;

export function describeJobs(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("jobs", () => {
    const harness = useHarness(test, create);
    const newJob = (projectId: string = randomUUID()): NewJob => ({
      id: randomUUID(),
      projectId,
      spec: '{"kind":"replay"}',
      progress: "{}",
    });

    it("are created once per id, and seen by their project only", async () => {
      const { jobs } = harness().store;
      const job = newJob();
      const created = await jobs.createJob(job);
      expect(created).toMatchObject({ ...job, state: "running", message: null, finishedAt: null });
      expect(await jobs.createJob({ ...job, spec: '{"kind":"cancel"}' })).toEqual(created);
      const later = await jobs.createJob(newJob(job.projectId));
      expect(await jobs.listJobs(job.projectId, 10)).toEqual([later, created]);
      expect(await jobs.listJobs(job.projectId, 1)).toEqual([later]);
      expect(await jobs.findJob(job.projectId, job.id)).toEqual(created);
      expect(await jobs.findJob(randomUUID(), job.id)).toBeNull();
      expect(await jobs.findJob(job.projectId, "no job")).toBeNull();
      expect(await jobs.listJobs(randomUUID(), 10)).toEqual([]);
    });

    it("are worked on by one worker at a time, one per project, the oldest first", async () => {
      const { store, other } = harness();
      const [ours, ourNext, theirs] = [newJob(), newJob(), newJob()];
      for (const job of [ours, { ...ourNext, projectId: ours.projectId }, theirs]) await store.jobs.createJob(job);
      const claims = await Promise.all([
        store.jobs.claimJob("a", HOLD_MS),
        other.jobs.claimJob("b", HOLD_MS),
        store.jobs.claimJob("c", HOLD_MS),
      ]);
      // Those that are being taken are passed over, so one of three at the same time may get nothing yet.
      const late = await store.jobs.claimJob("d", HOLD_MS);
      const taken = [...claims, late].flatMap((job) => (job === null ? [] : [job.projectId]));
      expect(taken.toSorted()).toEqual([ours.projectId, theirs.projectId].toSorted());
      expect(await store.jobs.claimJob("e", HOLD_MS)).toBeNull();
    });

    it("are continued by another worker when theirs gives them up, and stop when they are asked to", async () => {
      const { jobs } = harness().store;
      const job = newJob();
      await jobs.createJob(job);
      expect((await jobs.claimJob("a", HOLD_MS))?.id).toBe(job.id);
      expect(await jobs.saveJob("a", job.id, { progress: '{"started":1}', message: "slow" }, 0)).toBe("running");
      expect(await jobs.claimJob("b", HOLD_MS)).toMatchObject({ progress: '{"started":1}', message: "slow" });
      expect(await jobs.saveJob("a", job.id, { progress: "{}", message: null }, HOLD_MS)).toBeNull();
      await jobs.stopJob(randomUUID(), job.id);
      expect(await jobs.saveJob("b", job.id, { progress: "{}", message: null }, HOLD_MS)).toBe("running");
      await jobs.stopJob(job.projectId, job.id);
      expect(await jobs.saveJob("b", job.id, { progress: "{}", message: null }, HOLD_MS)).toBe("stopping");
      expect(await jobs.saveJob("b", job.id, { progress: "[]", message: null, ended: "stopped" }, 0)).toBe("stopped");
      await jobs.stopJob(job.projectId, job.id);
      const stopped = await jobs.findJob(job.projectId, job.id);
      expect(stopped).toMatchObject({ state: "stopped", progress: "[]", message: null });
      expect(stopped?.finishedAt).toBeGreaterThan(0);
      expect(await jobs.claimJob("c", HOLD_MS)).toBeNull();
    });
  });
}
