import type { Endpoint, Project, Workflow } from "../catalog.ts";
import { underCondition } from "../current-condition.ts";
import { newEndpoint } from "./catalog.ts";
import { useHarness } from "./harness.ts";
import type { CreateHarness, TestFunctions } from "./harness.ts";

const RACERS = 8;

/** What a change is made for. */
class Refused extends Error {}

export function describeConditions(test: TestFunctions, create: CreateHarness): void {
  const { describe, expect, it } = test;

  describe("changes under a condition", () => {
    const harness = useHarness(test, create);

    interface Made {
      readonly project: Project;
      readonly workflow: Workflow;
      readonly endpoint: Endpoint;
      readonly keyId: string;
    }
    const make = async (): Promise<Made> => {
      const { catalog, vault } = harness().store;
      const project = await catalog.createProject({ slug: "shop", name: "Shop" });
      const projectId = project.id;
      const workflow = await catalog.saveDraft({ projectId, slug: "order", name: "Order", definition: "{}" });
      if (workflow === "conflict") throw new Error("conflict");
      const endpoint = await catalog.createEndpoint(newEndpoint(project, workflow, "token-of-endpoint"));
      const key = { projectId, name: "ci", scope: "write", hash: "ab12", prefix: "mh_ab" } as const;
      await vault.addSecret({ projectId, name: "KEY", seal: () => "sealed" });
      return { project, workflow, endpoint, keyId: (await catalog.createApiKey(key)).id };
    };
    type Change = (made: Made) => Promise<unknown>;
    /** Each through another connection than the read of what it replaces, and every other one through another process. */
    const changes: readonly (readonly [string, "project" | "workflow" | "endpoint" | "key" | "secret", Change])[] = [
      ["updateProject", "project", ({ project }) => harness().other.catalog.updateProject(project.id, { name: "B" })],
      ["revokeApiKey", "key", ({ project, keyId }) => harness().store.catalog.revokeApiKey(project.id, keyId)],
      [
        "saveDraft",
        "workflow",
        ({ project }) =>
          harness().other.catalog.saveDraft({ projectId: project.id, slug: "order", name: "B", definition: "[]" }),
      ],
      [
        "setPaused",
        "workflow",
        ({ project, workflow }) => harness().store.catalog.setPaused(project.id, workflow.id, true),
      ],
      [
        "publishVersion",
        "workflow",
        ({ project, workflow }) =>
          harness().store.catalog.publishVersion({
            projectId: project.id,
            workflowId: workflow.id,
            hash: "h",
            definition: "{}",
          }),
      ],
      [
        "deleteWorkflow",
        "workflow",
        ({ project, workflow }) => harness().store.catalog.deleteWorkflow(project.id, workflow.id),
      ],
      [
        "updateEndpoint",
        "endpoint",
        ({ project, endpoint }) => harness().other.catalog.updateEndpoint(project.id, endpoint.id, { name: "B" }),
      ],
      [
        "setEndpointPaused",
        "endpoint",
        ({ project, endpoint }) => harness().store.catalog.setEndpointPaused(project.id, endpoint.id, true),
      ],
      [
        "rotateEndpoint",
        "endpoint",
        ({ project, endpoint }) => harness().store.catalog.rotateEndpoint(project.id, endpoint.id, "another-token"),
      ],
      [
        "deleteEndpoint",
        "endpoint",
        ({ project, endpoint }) => harness().store.catalog.deleteEndpoint(project.id, endpoint.id),
      ],
      [
        "addSecret",
        "secret",
        ({ project }) =>
          harness().store.vault.addSecret({ projectId: project.id, name: "KEY", seal: () => "sealed again" }),
      ],
      ["deleteSecret", "secret", ({ project }) => harness().other.vault.deleteSecret(project.id, "KEY")],
    ];

    const stateOf = async ({ project }: Made): Promise<unknown> => {
      const { catalog, vault } = harness().store;
      const query = { projectId: project.id, limit: 10 };
      return [
        await catalog.listProjects(),
        await catalog.listWorkflows(query),
        await catalog.listEndpoints(project.id),
        await catalog.listApiKeys(project.id),
        await vault.listSecrets(project.id),
      ];
    };

    for (const [name, kind, change] of changes) {
      it(`${name} shows the condition what is stored, and changes nothing when it refuses`, async () => {
        const made = await make();
        const { catalog, vault } = harness().store;
        const stored = {
          project: (await catalog.listProjects())[0],
          workflow: (await catalog.listWorkflows({ projectId: made.project.id, limit: 1 }))[0],
          endpoint: (await catalog.listEndpoints(made.project.id))[0],
          key: (await catalog.listApiKeys(made.project.id))[0],
          secret: (await vault.listSecrets(made.project.id))[0],
        };
        const before = await stateOf(made);
        const seen: unknown[] = [];
        const refused = underCondition(
          (found) => {
            seen.push(found);
            throw new Refused();
          },
          () => change(made),
        );
        await expect(refused).rejects.toThrow(Refused);
        expect(seen).toEqual([stored[kind]]);
        expect(await stateOf(made)).toEqual(before);
        await underCondition(
          () => undefined,
          async () => change(made),
        );
        expect(await stateOf(made)).not.toEqual(before);
      });
    }

    it("lets one of several through that were made for the same state", async () => {
      const { project } = await make();
      const { catalog } = harness().store;
      const wanted = JSON.stringify(project);
      const rename = (name: string) =>
        underCondition(
          (found) => {
            if (JSON.stringify(found) !== wanted) throw new Refused();
          },
          () => catalog.updateProject(project.id, { name }),
        );
      const settled = await Promise.allSettled(Array.from({ length: RACERS }, (_, at) => rename(`name ${at}`)));
      expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect(settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []))).toEqual(
        Array.from({ length: RACERS - 1 }, () => expect.any(Refused) as unknown),
      );
    });

    it("lets one of several create what is not there, when that is the condition", async () => {
      const { project } = await make();
      const { catalog } = harness().store;
      const save = (name: string) =>
        underCondition(
          (found) => {
            if (found !== null) throw new Refused();
          },
          () => catalog.saveDraft({ projectId: project.id, slug: "new", name, definition: "{}" }),
        ).catch((error: unknown) => {
          if (error instanceof Refused) return "conflict" as const;
          throw error;
        });
      const saved = await Promise.all(Array.from({ length: RACERS }, (_, at) => save(`name ${at}`)));
      expect(saved.filter((one) => one !== "conflict")).toHaveLength(1);
    });
  });
}
