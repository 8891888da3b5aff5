-- Intermediate: how far a delivery as a whole has got, which the ERP keeps for each item alone.
-- `status_code` is its overall statuses of picking, packing and goods issue: A not begun, B in part, C complete.
-- @key id
-- @from delivery_header  select unnest($1::text[])
-- @from delivery_item    select delivery_no from unnest($1::text[], $2::text[]) k(delivery_no, item_no)
-- @from delivery_status  select delivery_no from unnest($1::text[], $2::text[]) k(delivery_no, item_no)
select h.delivery_no as id,
  case
    when h.cancelled_on is not null then 'CANCELLED'
    when item.goods_issue = 'C' then 'SHIPPED'
    when item.packing = 'C' then 'PACKED'
    when item.picking = 'C' then 'PICKED'
    when h.delivery_block is not null then 'DRAFT'
    when item.picking = 'B' then 'RESERVED'
    else 'WAITING' end as status,
  item.picking || item.packing || item.goods_issue as status_code,
  case when item.goods_issue = 'C' then item.last_issue end as shipped_date,
  item.only_order as order_id, item.count as line_count
from erp.delivery_header h
cross join lateral (
  select count(*)::int as count,
    case when min(i.sales_order_no) = max(i.sales_order_no) then min(i.sales_order_no) end as only_order,
    case when bool_and(s.picking_status = 'C') then 'C'
      when bool_or(s.picking_status <> 'A') then 'B' else 'A' end as picking,
    case when bool_and(s.packing_status = 'C') then 'C'
      when bool_or(s.packing_status <> 'A') then 'B' else 'A' end as packing,
    case when bool_and(s.goods_issue_status = 'C') then 'C'
      when bool_or(s.goods_issue_status <> 'A') then 'B' else 'A' end as goods_issue,
    max(s.goods_issue_date) as last_issue
  from erp.delivery_item i
  left join erp.delivery_status s on s.delivery_no = i.delivery_no and s.item_no = i.item_no
  where i.delivery_no = h.delivery_no) item
