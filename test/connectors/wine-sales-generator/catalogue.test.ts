import { describe, expect, test } from 'vitest';
import { firstProductId, lastProductId, productOf } from '../../../connectors/wine-sales-generator/catalogue.ts';

const emojis = { Rouge: '🍷', Blanc: '🥂', Rosé: '🌸', Effervescent: '🍾', Spiritueux: '🥃' };

describe('the catalogue', () => {
  const products = Array.from({ length: 50 }, (_, index) => productOf(1000 + index));

  test('has fifty products, 1000 to 1049, each with a name of its own', () => {
    expect([firstProductId, lastProductId]).toEqual([1000, 1049]);
    expect(new Set(products.map((product) => product.name)).size).toBe(50);
  });

  test('ends each name in the emoji of its category', () => {
    for (const { name, category } of products) expect(name.endsWith(` ${emojis[category]}`)).toBe(true);
    expect(new Set(products.map((product) => product.category)).size).toBe(5);
  });

  test('knows the product of the owners’ example', () => {
    expect(productOf(1015)).toEqual({
      id: 1015,
      name: 'Chardonnay Réserve 🥂',
      category: 'Blanc',
      priceCents: 1850,
      bottleSizeLiters: 0.75,
    });
  });

  test('refuses an id that it does not have', () => {
    expect(() => productOf(1050)).toThrow('No product 1050: ids go from 1000 to 1049');
  });
});
