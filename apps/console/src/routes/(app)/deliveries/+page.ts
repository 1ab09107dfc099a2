import { api } from "#lib/api.ts";
import { DELIVERIES_PER_PAGE, readDeliveryFilters } from "#lib/delivery-log/delivery-filters.ts";
import { forPage } from "#lib/page-load.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, parent }) => {
  const filters = readDeliveryFilters(url.searchParams);
  return forPage({ url, parent }, async () => {
    const [page, { items: endpoints }] = await Promise.all([
      api.listDeliveries({ ...filters, limit: DELIVERIES_PER_PAGE }),
      api.listEndpoints(),
    ]);
    return { filters, page, endpoints };
  });
};
