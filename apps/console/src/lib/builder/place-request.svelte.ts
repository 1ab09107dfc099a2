import type { Placement } from "./edits.ts";

/** A request for the dialog that adds a node, from anywhere: by `/`, by the + of an edge, by a button. */
class PlaceRequest {
  placement = $state.raw<Placement | null>(null);

  ask(placement: Placement): void {
    this.placement = placement;
  }

  done(): void {
    this.placement = null;
  }
}

export const placeRequest = new PlaceRequest();
