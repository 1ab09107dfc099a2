import { randomBytes } from "node:crypto";

import type { EndpointResource } from "@meshhook/contract";
import {
  answeredBy,
  CatalogConflict,
  changedAcceptance,
  isUuid,
  type Catalog,
  type Endpoint,
  type EndpointChange,
  type NewEndpoint,
} from "@meshhook/journal";
import { systemClock, type SecretBox } from "@meshhook/runtime";
import { isCredential } from "@meshhook/runtime/header-names";

import type { Caller } from "../auth.ts";
import { HttpProblem } from "../http-problem.ts";
import type { RouteTable } from "../route-table.ts";
import type { Handlers } from "./answered-route.ts";
import { PAGE_LIMIT } from "./cursor.ts";
import { takeAcceptance } from "./endpoint-acceptance.ts";
import type { EndpointSignatures } from "./endpoint-signature.ts";
import type { Lookups } from "./lookups.ts";
import { endpointResource, rejectionResource } from "./resources.ts";

export interface EndpointHandlerSources extends Pick<Lookups, "workflowOf"> {
  readonly catalog: Catalog;
  readonly routes: RouteTable;
  readonly secrets: SecretBox;
  readonly signatures: EndpointSignatures;
}

const BODY_BYTES_MAX = 1_048_576;
const RESULT_TIMEOUT_MS = 10_000;

type EndpointRoute =
  | "listEndpoints"
  | "createEndpoint"
  | "getEndpoint"
  | "updateEndpoint"
  | "addSigningKey"
  | "removeSigningKey"
  | "deleteEndpoint"
  | "rotateEndpoint"
  | "pauseEndpoint"
  | "resumeEndpoint"
  | "listRejections";

/** The routes about endpoints, their keys and what they rejected. */
export function createEndpointHandlers(sources: EndpointHandlerSources): Pick<Handlers, EndpointRoute> {
  const { catalog, routes, secrets, signatures, workflowOf } = sources;

  const sealed = (caller: Caller, secret: string | null): string | null =>
    secret === null ? null : secrets.seal(caller.projectId, secret);

  /** What of an endpoint depends on who asks. */
  const viewOf = async (caller: Caller) => {
    const project = await catalog.findProject(caller.projectId);
    return { projectSlug: project?.slug ?? "", mayDeliver: mayDeliver(caller) };
  };
  const shown = async (caller: Caller, endpoint: Endpoint): Promise<EndpointResource> =>
    endpointResource(endpoint, await viewOf(caller));

  const endpointOf = async (caller: Caller, endpointId: string): Promise<Endpoint> => {
    const found = (await catalog.listEndpoints(caller.projectId)).find(({ id }) => id === endpointId);
    if (found === undefined) throw missing(endpointId);
    return found;
  };

  /** The answer to a change of an endpoint; the routes know of it by then. */
  const shownAfter = async (
    caller: Caller,
    endpointId: string,
    change: () => Promise<Endpoint | null>,
  ): Promise<EndpointResource> => {
    const view = await viewOf(caller);
    const answer = await answeredBy(change, (endpoint) => {
      if (endpoint === null) throw missing(endpointId);
      return endpointResource(endpoint, view);
    });
    await routes.refresh();
    return answer;
  };

  const changed = (caller: Caller, endpointId: string, change: EndpointChange): Promise<EndpointResource> =>
    shownAfter(caller, endpointId, () =>
      catalog.updateEndpoint(caller.projectId, endpointId, change).catch(refuseAlias),
    );

  const setPaused = (caller: Caller, endpointId: string, isPaused: boolean): Promise<EndpointResource> =>
    shownAfter(caller, endpointId, () => catalog.setEndpointPaused(caller.projectId, endpointId, isPaused));

  return {
    listEndpoints: async (caller) => {
      const view = await viewOf(caller);
      const endpoints = await catalog.listEndpoints(caller.projectId);
      return { items: endpoints.map((endpoint) => endpointResource(endpoint, view)) };
    },
    createEndpoint: async (caller, { body }) => {
      const { id: workflowId } = await workflowOf(caller, body.workflow);
      const signature = signatures.create(caller.projectId, body);
      const { alias = null } = body;
      requireSigned(alias, signature.signature);
      const wanted: NewEndpoint = {
        projectId: caller.projectId,
        workflowId,
        token: newToken(),
        name: body.name,
        ...signature,
        dedupeHeader: dedupeHeaderOf(body.dedupeHeader ?? null),
        keysByHeader: true,
        sameKey: body.sameKey ?? "by_source",
        handshakes: body.handshakes ?? "on",
        sealedVerifyToken: sealed(caller, body.verifyToken ?? null),
        bodyBytesMax: body.bodyBytesMax ?? BODY_BYTES_MAX,
        answer: body.answer ?? "accepted",
        resultTimeoutMs: body.resultTimeoutMs ?? RESULT_TIMEOUT_MS,
        acceptance: changedAcceptance({}, takeAcceptance(body).acceptance),
        alias,
      };
      const create = (): Promise<Endpoint> => catalog.createEndpoint(wanted);
      return shownAfter(caller, "", alias === null ? create : () => create().catch(refuseAlias));
    },
    getEndpoint: async (caller, { endpointId }) => shown(caller, await endpointOf(caller, endpointId)),
    updateEndpoint: async (caller, { endpointId, body }) => {
      const stored = await endpointOf(caller, endpointId);
      const { acceptance, others } = takeAcceptance(body);
      const { signature, signatureSettings, secret, verifyToken, dedupeHeader, ...settings } = others;
      const signed = signatures.change(stored, {
        ...(signature === undefined ? {} : { signature }),
        ...(signatureSettings === undefined ? {} : { signatureSettings }),
        ...(secret === undefined ? {} : { secret }),
      });
      requireSigned(settings.alias === undefined ? stored.alias : settings.alias, signed.signature ?? stored.signature);
      return changed(caller, endpointId, {
        ...settings,
        acceptance,
        ...signed,
        ...(verifyToken === undefined ? {} : { sealedVerifyToken: sealed(caller, verifyToken) }),
        ...(dedupeHeader === undefined ? {} : dedupeChange(stored, dedupeHeaderOf(dedupeHeader))),
      });
    },
    addSigningKey: async (caller, { endpointId, body }) => {
      const stored = await endpointOf(caller, endpointId);
      return changed(caller, endpointId, signatures.addKey(stored, body, systemClock().now()));
    },
    removeSigningKey: async (caller, { endpointId, keyId }) => {
      const stored = await endpointOf(caller, endpointId);
      return changed(caller, endpointId, signatures.removeKey(stored, keyId));
    },
    deleteEndpoint: async (caller, { endpointId }) => {
      if (!isUuid(endpointId) || !(await catalog.deleteEndpoint(caller.projectId, endpointId))) {
        throw missing(endpointId);
      }
      await routes.refresh();
      return null;
    },
    rotateEndpoint: async (caller, { endpointId }) => {
      if (!isUuid(endpointId)) throw missing(endpointId);
      return shownAfter(caller, endpointId, () => catalog.rotateEndpoint(caller.projectId, endpointId, newToken()));
    },
    pauseEndpoint: (caller, { endpointId }) => setPaused(caller, endpointId, true),
    resumeEndpoint: (caller, { endpointId }) => setPaused(caller, endpointId, false),
    listRejections: async (caller, { endpointId, limit = PAGE_LIMIT }) => {
      await endpointOf(caller, endpointId);
      return {
        items: (
          await catalog.listRejections({
            projectId: caller.projectId,
            endpointIds: [endpointId],
            kind: "rejected",
            limit,
          })
        ).map(rejectionResource),
      };
    },
  };
}

function missing(endpointId: string): HttpProblem {
  return new HttpProblem("not_found", `There is no endpoint "${endpointId}" in this project`);
}

/** A token is random: the name that is taken is the alias. */
function refuseAlias(error: unknown): never {
  if (!(error instanceof CatalogConflict)) throw error;
  throw new HttpProblem("alias_taken", "Another endpoint of this project has this alias; choose another");
}

/** @throws HttpProblem  `request_invalid` */
function requireSigned(alias: string | null, signature: Endpoint["signature"]): void {
  if (alias === null || signature !== "none") return;
  const issue = {
    path: "/body/alias",
    code: "invalid_value",
    message: `The alias "${alias}" can be guessed, and the endpoint does not check signatures.`,
    fix: "Set `signature`, or remove the alias first.",
  };
  throw new HttpProblem("request_invalid", "The request has 1 issue", { issues: [issue] });
}

/** A caller that may only read must not learn the addresses that accept webhooks. */
function mayDeliver(caller: Caller): boolean {
  return caller.scope !== "read";
}

/** The unguessable part of an address: 144 bits. */
function newToken(): string {
  return randomBytes(18).toString("base64url");
}

/**
 * The header name in lower case, as it is stored. Keys are stored in clear text, so a credential is refused.
 *
 * @throws HttpProblem  `request_invalid`
 */
function dedupeHeaderOf(name: string | null): string | null {
  if (name === null || !isCredential(name)) return name?.toLowerCase() ?? null;
  const issue = {
    path: "/body/dedupeHeader",
    code: "invalid_value",
    message: `"${name}" looks like the name of a credential or a signature, and keys are stored in clear text.`,
    fix: "Name the header that holds the delivery's id, such as X-GitHub-Delivery.",
  };
  throw new HttpProblem("request_invalid", "The request has 1 issue", { issues: [issue] });
}

/**
 * Another header means other keys. None of them is stored yet, so an endpoint of an earlier release, too, may from now on tell them apart
 * by the header.
 */
function dedupeChange(stored: Endpoint, dedupeHeader: string | null): EndpointChange {
  return dedupeHeader === stored.dedupeHeader ? {} : { dedupeHeader, keysByHeader: true };
}
