/**
 * What Les Caves d'Albert sells: fifty bottles, product ids 1000 to 1049, ten to each category. Names, prices and sizes
 * are a pure function of the product id.
 */

export type Category = 'Rouge' | 'Blanc' | 'Rosé' | 'Effervescent' | 'Spiritueux';

export interface Product {
  readonly id: number;
  /** Ends in the emoji of its category. */
  readonly name: string;
  readonly category: Category;
  readonly priceCents: number;
  readonly bottleSizeLiters: number;
}

/** A bottle of a shelf: name and price in cents, and its size where it is not the shelf's. */
type Bottle = readonly [name: string, priceCents: number, liters?: number];

interface Shelf {
  readonly category: Category;
  readonly emoji: string;
  readonly liters: number;
  readonly bottles: readonly Bottle[];
}

const shelves: readonly Shelf[] = [
  {
    category: 'Rouge',
    emoji: '🍷',
    liters: 0.75,
    bottles: [
      ['Merlot Tradition', 1290],
      ['Merlot Réserve', 1850],
      ['Cabernet Sauvignon Prestige', 2490],
      ['Pinot Noir Vieilles Vignes', 2790],
      ['Syrah Grande Cuvée', 2150],
      ['Grenache Tradition', 1090],
      ['Gamay Primeur', 890],
      ['Malbec Réserve', 1690],
      ['Cabernet Franc Domaine', 1450],
      ['Merlot Magnum', 3900, 1.5],
    ],
  },
  {
    category: 'Blanc',
    emoji: '🥂',
    liters: 0.75,
    bottles: [
      ['Chardonnay', 1190],
      ['Sauvignon Blanc Tradition', 1150],
      ['Riesling Grand Cru', 2650],
      ['Gewurztraminer Vendanges Tardives', 2950, 0.5],
      ['Viognier Domaine', 1790],
      ['Chardonnay Réserve', 1850],
      ['Chenin Sec', 1390],
      ['Sémillon Moelleux', 1990, 0.5],
      ['Muscadet sur Lie', 950],
      ['Aligoté Vieilles Vignes', 1490],
    ],
  },
  {
    category: 'Rosé',
    emoji: '🌸',
    liters: 0.75,
    bottles: [
      ['Côtes de Provence Tradition', 1150],
      ['Cinsault Fraîcheur', 890],
      ['Tavel Réserve', 1590],
      ['Bandol Prestige', 2290],
      ['Gris de Camargue', 790],
      ["Rosé d'Anjou", 750],
      ['Grenache Rosé', 920],
      ['Syrah Rosé Domaine', 1050],
      ['Pinot Noir Rosé', 1350],
      ['Côtes de Provence Magnum', 2490, 1.5],
    ],
  },
  {
    category: 'Effervescent',
    emoji: '🍾',
    liters: 0.75,
    bottles: [
      ['Champagne Brut Tradition', 3290],
      ['Champagne Blanc de Blancs', 4490],
      ['Champagne Rosé', 4190],
      ['Champagne Millésime', 6900],
      ["Crémant d'Alsace", 1390],
      ['Crémant de Loire', 1290],
      ['Crémant de Bourgogne', 1490],
      ['Blanquette de Limoux', 1090],
      ['Clairette de Die', 1190],
      ['Champagne Brut Magnum', 6990, 1.5],
    ],
  },
  {
    category: 'Spiritueux',
    emoji: '🥃',
    liters: 0.7,
    bottles: [
      ['Cognac VSOP', 4590],
      ['Cognac XO', 12900],
      ['Armagnac Hors d’Âge', 6500],
      ['Calvados Réserve', 3490],
      ['Marc de Bourgogne', 3890],
      ['Eau-de-vie de Poire', 3290, 0.5],
      ['Whisky Breton', 4190],
      ['Rhum Agricole Vieux', 4690],
      ['Mirabelle de Lorraine', 3590, 0.5],
      ['Chartreuse Verte', 4990],
    ],
  },
];

export const firstProductId = 1000;

const products: readonly Product[] = shelves
  .flatMap(({ category, emoji, liters, bottles }) =>
    bottles.map(([name, priceCents, size = liters]) => ({
      name: `${name} ${emoji}`,
      category,
      priceCents,
      bottleSizeLiters: size,
    })),
  )
  .map((product, index) => ({ id: firstProductId + index, ...product }));

export const lastProductId = firstProductId + products.length - 1;

/** The product of an id between {@link firstProductId} and {@link lastProductId}. */
export function productOf(id: number): Product {
  const product = products[id - firstProductId];
  if (product === undefined)
    throw new RangeError(`No product ${id}: ids go from ${firstProductId} to ${lastProductId}`);
  return product;
}
