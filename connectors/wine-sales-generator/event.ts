/**
 * Event `n` of the wine merchant: an order line or a stock adjustment, everything but its time stamp a pure function of
 * (seed, n). Amounts are reckoned in cents and per cent, so that a total is exact before it becomes a number.
 */
import { firstProductId, lastProductId, type Product, productOf } from './catalogue.ts';
import { type Draws, drawsFor } from './draws.ts';
import { eventId } from './event-id.ts';

export type EventMetadata = {
  readonly event_id: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly source: string;
  readonly version: string;
};

export type OrderCreated = {
  readonly event_type: 'ORDER_CREATED';
  readonly product_id: number;
  readonly customer_id: number;
  readonly event_metadata: EventMetadata;
  readonly event_content: {
    readonly order_line_id: number;
    readonly customer_id: number;
    readonly product_id: number;
    readonly product_name: string;
    readonly category: string;
    readonly quantity: number;
    readonly unit_price: number;
    /** A fraction: 0.15 is 15 % off. */
    readonly discount: number;
    readonly total_price: number;
    readonly bottle_size_liters: number;
    readonly sales_channel: string;
  };
};

export type InventoryAdjusted = {
  readonly event_type: 'INVENTORY_ADJUSTED';
  readonly product_id: number;
  readonly event_metadata: EventMetadata;
  readonly event_content: {
    readonly adjustment_id: number;
    readonly product_id: number;
    readonly product_name: string;
    readonly category: string;
    readonly adjustment_type: string;
    /** Bottles that came (positive) or went (negative). */
    readonly quantity_change: number;
    readonly warehouse: string;
    readonly reason: string;
  };
};

export type WineEvent = OrderCreated | InventoryAdjusted;

const orderCreatedShare = 0.7;
const discountedShare = 0.25;
const lastCustomerId = 150;
/** Ids of lines and adjustments go on from here, so that they look like those of a shop that has been open for a while. */
const idsBefore = 10_000;

const quantities = [1, 1, 2, 2, 3, 3, 4, 6, 6, 6, 12, 12, 24] as const;
const discountsPercent = [5, 10, 15, 20] as const;
const salesChannels = ['E-com', 'Boutique', 'Téléphone', 'Restauration', 'Salon'] as const;
const warehouses = ['Paris', 'Lyon', 'Bordeaux', 'Marseille', 'Beaune', 'Reims'] as const;

interface Adjustment {
  readonly type: string;
  readonly from: number;
  readonly to: number;
  readonly reasons: readonly [string, ...string[]];
}
const adjustments: readonly [Adjustment, ...Adjustment[]] = [
  { type: 'RESTOCK', from: 12, to: 240, reasons: ['Livraison fournisseur', 'Transfert entre entrepôts'] },
  { type: 'RETURN', from: 1, to: 12, reasons: ['Retour client', 'Commande annulée'] },
  { type: 'DAMAGE', from: -12, to: -1, reasons: ['Casse en entrepôt', 'Casse au transport', 'Bouteille bouchonnée'] },
  { type: 'CORRECTION', from: -6, to: -1, reasons: ['Inventaire : manquant'] },
  { type: 'CORRECTION', from: 1, to: 6, reasons: ['Inventaire : excédent'] },
];

/** Event `n` (from 1), as it happened at `timestamp` (ISO 8601). */
export function wineEvent(seed: number, n: number, timestamp: string): WineEvent {
  const draws = drawsFor(seed, n);
  const isOrder = draws.fraction() < orderCreatedShare;
  const product = productOf(draws.between(firstProductId, lastProductId));
  const metadata = { event_id: eventId(seed, n), timestamp, source: 'wine-sales-generator', version: '1.0' };
  return isOrder ? orderCreated(draws, n, product, metadata) : inventoryAdjusted(draws, n, product, metadata);
}

function orderCreated(draws: Draws, n: number, product: Product, metadata: EventMetadata): OrderCreated {
  const customerId = draws.between(1, lastCustomerId);
  const quantity = draws.from(quantities);
  const discountPercent = draws.fraction() < discountedShare ? draws.from(discountsPercent) : 0;
  return {
    event_type: 'ORDER_CREATED',
    product_id: product.id,
    customer_id: customerId,
    event_metadata: metadata,
    event_content: {
      order_line_id: idsBefore + n,
      customer_id: customerId,
      product_id: product.id,
      product_name: product.name,
      category: product.category,
      quantity,
      unit_price: product.priceCents / 100,
      discount: discountPercent / 100,
      total_price: totalCents(quantity, product.priceCents, discountPercent) / 100,
      bottle_size_liters: product.bottleSizeLiters,
      sales_channel: draws.from(salesChannels),
    },
  };
}

/** Quantity × unit price × (1 − discount), half a cent rounded up: whole numbers until the last division. */
export function totalCents(quantity: number, priceCents: number, discountPercent: number): number {
  return Math.round((quantity * priceCents * (100 - discountPercent)) / 100);
}

function inventoryAdjusted(draws: Draws, n: number, product: Product, metadata: EventMetadata): InventoryAdjusted {
  const adjustment = draws.from(adjustments);
  return {
    event_type: 'INVENTORY_ADJUSTED',
    product_id: product.id,
    event_metadata: metadata,
    event_content: {
      adjustment_id: idsBefore + n,
      product_id: product.id,
      product_name: product.name,
      category: product.category,
      adjustment_type: adjustment.type,
      quantity_change: draws.between(adjustment.from, adjustment.to),
      warehouse: draws.from(warehouses),
      reason: draws.from(adjustment.reasons),
    },
  };
}
