import { answeredBy, ClaimLost, type Claim, type NamedRequest } from "../kept-answers.ts";
import { useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

const RACERS = 8;

export function describeKeptAnswers(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("kept answers", () => {
    const harness = useHarness(test, create);
    const write = (answer: unknown): string => `sealed ${JSON.stringify(answer)}`;
    const askedOf = (projectId: string, keyDigest = "key", requestDigest = "request"): NamedRequest => ({
      projectId,
      keyDigest,
      requestDigest,
    });
    const makeProject = async (slug = "shop") => harness().store.catalog.createProject({ slug, name: slug });
    const claimed = async (asked: NamedRequest): Promise<Claim> => {
      const found = await harness().store.answers.claim(asked);
      if (found.kind !== "claimed") throw new Error(`The key is ${found.kind}`);
      return found.claim;
    };

    it("gives a key to one of several attempts, and its answer to those who ask later", async () => {
      const { id } = await makeProject();
      const asked = askedOf(id);
      const { store, other } = harness();
      const found = await Promise.all(
        Array.from({ length: RACERS }, (_, at) => (at % 2 === 0 ? store : other).answers.claim(asked)),
      );
      const winners = found.flatMap((one) => (one.kind === "claimed" ? [one.claim] : []));
      expect(winners).toHaveLength(1);
      expect(found.filter(({ kind }) => kind === "in_progress")).toHaveLength(RACERS - 1);
      const [claim] = winners;
      if (claim === undefined) throw new Error("nobody has the key");
      await store.answers.keep(claim, "the answer");
      expect(await other.answers.claim(asked)).toEqual({ kind: "answered", answer: "the answer" });
      expect(await other.answers.claim({ ...asked, requestDigest: "another" })).toEqual({ kind: "differs" });
      expect((await other.answers.claim({ ...asked, keyDigest: "another" })).kind).toBe("claimed");
      const { id: elsewhere } = await makeProject("elsewhere");
      expect((await other.answers.claim({ ...asked, projectId: elsewhere })).kind).toBe("claimed");
    });

    it("stores the answer with the change, so that it is there when the process ends right after", async () => {
      const { id } = await makeProject();
      const { store, other } = harness();
      const claim = await claimed(askedOf(id));
      const answer = await store.answers.during(claim, write, () =>
        answeredBy(
          () => store.catalog.updateProject(id, { name: "Store" }),
          (changed) => ({ name: changed?.name }),
        ),
      );
      expect(answer).toEqual({ name: "Store" });
      expect(await other.answers.claim(askedOf(id))).toEqual({ kind: "answered", answer: 'sealed {"name":"Store"}' });
    });

    it("stores no answer with a change that is none, nor with one that does not say what it results in", async () => {
      const { id } = await makeProject();
      const { store } = harness();
      const draft = { projectId: id, slug: "order", name: "Order", definition: "{}", revision: 7 };
      const claim = await claimed(askedOf(id));
      const saved = await store.answers.during(claim, write, () =>
        answeredBy(
          () => store.catalog.saveDraft(draft),
          (one) => one,
        ),
      );
      expect(saved).toBe("conflict");
      expect(await store.answers.claim(askedOf(id))).toEqual({ kind: "in_progress" });
      await store.answers.during(claim, write, () => store.catalog.updateProject(id, { name: "Store" }));
      expect(await store.answers.claim(askedOf(id))).toEqual({ kind: "in_progress" });
    });

    it("gives a key back after an attempt that changed nothing, but not after one that did", async () => {
      const { id } = await makeProject();
      const { answers, catalog } = harness().store;
      await answers.release(await claimed(askedOf(id)));
      const claim = await claimed(askedOf(id, "key", "another request"));
      await answers.during(claim, write, () =>
        answeredBy(
          () => catalog.updateProject(id, { name: "B" }),
          () => "done",
        ),
      );
      await answers.release(claim);
      expect(await answers.claim(askedOf(id, "key", "another request"))).toMatchObject({ kind: "answered" });
    });

    it("lets an attempt that has lost its key change nothing", async () => {
      const { id } = await makeProject();
      const { answers, catalog } = harness().store;
      const lost = await claimed(askedOf(id));
      await answers.release(lost);
      const claim = await claimed(askedOf(id));
      const late = answers.during(lost, write, () =>
        answeredBy(
          () => catalog.updateProject(id, { name: "late" }),
          () => "late",
        ),
      );
      await expect(late).rejects.toThrow(ClaimLost);
      await answers.keep(lost, "late");
      await answers.release(lost);
      expect((await catalog.listProjects())[0]?.name).toBe("shop");
      await answers.keep(claim, "in time");
      expect(await answers.claim(askedOf(id))).toEqual({ kind: "answered", answer: "in time" });
    });
  });
}
