/** The three analysis queries of the system that caves-connect replaces, word for word. */

export const topProducts = `-- Top 10 produits vendus
SELECT 
    PARSE_JSON(EVENT_CONTENT):product_name::STRING as product,
    COUNT(*) as orders,
    SUM(PARSE_JSON(EVENT_CONTENT):total_price::DECIMAL(10,2)) as revenue
FROM RAW_EVENTS_STREAM
WHERE EVENT_TYPE = 'ORDER_CREATED'
GROUP BY 1
ORDER BY revenue DESC
LIMIT 10;`;

export const salesByChannel = `-- Ventes par canal sur les dernières 24h
SELECT 
    PARSE_JSON(EVENT_CONTENT):sales_channel::STRING as channel,
    COUNT(*) as orders,
    AVG(PARSE_JSON(EVENT_CONTENT):total_price::DECIMAL(10,2)) as avg_order
FROM RAW_EVENTS_STREAM
WHERE EVENT_TYPE = 'ORDER_CREATED'
  AND INGESTION_TIME >= DATEADD(hour, -24, CURRENT_TIMESTAMP())
GROUP BY 1;`;

export const adjustmentsByType = `-- Ajustements d'inventaire par type
SELECT 
    PARSE_JSON(EVENT_CONTENT):adjustment_type::STRING as type,
    COUNT(*) as adjustments,
    SUM(PARSE_JSON(EVENT_CONTENT):quantity_change::INTEGER) as total_quantity
FROM RAW_EVENTS_STREAM
WHERE EVENT_TYPE = 'INVENTORY_ADJUSTED'
GROUP BY 1;`;
