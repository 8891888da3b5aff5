-- Intermediate: a text in the language of the deployment, where Tryton has a translation it would show.
-- Tryton shows the column's own text where there is none, or where it is out of date ("fuzzy").
-- @key name, res_id
-- @from ir_translation  select name, res_id from erp.ir_translation where id = any($1)
select distinct on (name, res_id) name, res_id, value
from erp.ir_translation
where lang = :language and type = 'model' and not fuzzy and value <> ''
  and name in (
    'product.template,name', 'product.product,description', 'product.category,name', 'product.uom,symbol',
    'stock.location,name', 'production.bom,name', 'production.routing,name', 'production.routing.operation,name',
    'production.work.center,name', 'production.work.center.category,name')
order by name, res_id, id desc
