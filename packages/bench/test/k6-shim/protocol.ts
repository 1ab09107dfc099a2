/** What a stand-in VU and the stand-in for k6 tell each other. */
export interface Iteration {
  readonly n: number;
  readonly startTime: number;
  readonly scenario: string;
}

export interface VuStart {
  readonly script: string;
  readonly env: { readonly [name: string]: string };
  /** One integer: 1 when the answer to a request is there. */
  readonly signal: SharedArrayBuffer;
}

export interface HttpRequest {
  readonly kind: "request";
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly headers: { readonly [name: string]: string };
  readonly timeoutMs: number;
  readonly tags: { readonly [name: string]: string };
  readonly metadata: { readonly [name: string]: string };
}

export interface HttpAnswer {
  readonly status: number;
  readonly errorCode: number;
  readonly body: string;
}

export type VuMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "done" }
  | HttpRequest
  | {
      readonly kind: "sample";
      readonly metric: string;
      readonly value: number;
      readonly atMs: number;
      readonly tags: { readonly [name: string]: string };
      readonly metadata: { readonly [name: string]: string };
    };
