"""What PostgreSQL's own catalogue says of a table: types by what they are, never by their names; what it is, and whose functions it runs.

Every query is read with `search_path = pg_catalog, pg_temp` (`postgresql.PostgreSQL.begin`), so that nobody's objects stand in for its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from ndoo.upholding.databases.column_types import ENUMERATION, kind_around, kind_of
from ndoo.upholding.sql.dialects import TypeKind

_TYPES = """
    WITH RECURSIVE own AS (
      SELECT a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attcollation
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped),
    base(attnum, type, modifier) AS (
      SELECT attnum, atttypid, atttypmod FROM own
      UNION SELECT b.attnum, t.typbasetype, t.typtypmod FROM base b JOIN pg_type t ON t.oid = b.type AND t.typtype = 'd'),
    inside(attnum, type) AS (
      SELECT attnum, type FROM base
      UNION SELECT i.attnum, x.type FROM inside i JOIN pg_type t ON t.oid = i.type CROSS JOIN LATERAL (
        SELECT t.typelem WHERE t.typoutput = 'array_out'::regproc UNION ALL SELECT t.typbasetype
        UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)) AS x(type)
      WHERE x.type <> 0)"""
"""The columns of a table, and every type that stands in each: below its domains, and inside lists, structures and ranges."""
COLUMNS = f"""{_TYPES},
    leaf(attnum, type, name) AS (
      SELECT i.attnum, t.oid, CASE WHEN t.typtype = 'e' THEN '{ENUMERATION}'
        WHEN t.oid < 16384 AND t.typnamespace = 'pg_catalog'::regnamespace THEN t.typname::text
        ELSE (SELECT e.extname || '.' || t.typname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
          WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass) END
      FROM inside i JOIN pg_type t ON t.oid = i.type
      WHERE t.typtype NOT IN ('d', 'c', 'r', 'm') AND t.typoutput <> 'array_out'::regproc)
    SELECT o.attname, EXISTS (SELECT 1 FROM base b JOIN leaf l ON l.attnum = b.attnum AND l.type = b.type WHERE b.attnum = o.attnum),
      ARRAY(SELECT l.name FROM leaf l WHERE l.attnum = o.attnum),
      (SELECT (b.modifier - 4) & 2047 FROM base b WHERE b.attnum = o.attnum AND b.type = 'numeric'::regtype AND b.modifier >= 4),
      EXISTS (SELECT 1 FROM base b JOIN pg_type t ON t.oid = b.type WHERE b.attnum = o.attnum AND t.typoutput = 'array_out'::regproc),
      format_type(o.atttypid, o.atttypmod), o.attnotnull, o.attcollation <> 0,
      ARRAY(SELECT format('%%s: %%s %%s', format_type(t.oid, NULL), a.attname, format_type(a.atttypid, a.atttypmod))
        FROM inside i JOIN pg_type t ON t.oid = i.type JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE i.attnum = o.attnum AND t.typtype = 'c' ORDER BY format_type(t.oid, NULL), a.attnum)
    FROM own o ORDER BY o.attnum"""
"""Each column with: is its type no container, below its domains; the types that stand at the bottom of it, NULL for one that is
neither PostgreSQL's own nor an extension's; the places behind the point of a decimal whose type says how many; is it a list, below its domains; its type's name; what it requires; and the fields of the structures that stand in it."""
LISTED = f"""{_TYPES}
    SELECT o.attname, array_agg(said.text::text) FROM own o JOIN inside i ON i.attnum = o.attnum CROSS JOIN LATERAL (
      SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = i.type
      UNION ALL SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.contypid = i.type) AS said(text)
    GROUP BY o.attname ORDER BY 1"""
"""Each column whose type lists values, as an enumeration or in a condition of a domain, with these texts."""
TABLES = """
    SELECT n.nspname, c.relname, has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ORDER BY 1, 2"""
IS_PLAIN = """
    SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s AND c.relkind = 'r'
      AND c.relpersistence <> 't' AND NOT c.relispartition
      AND NOT EXISTS (SELECT 1 FROM pg_inherits i WHERE c.oid IN (i.inhrelid, i.inhparent))
      AND NOT EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid)
      AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated <> '')"""
_GRANTEE = "SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END"
GRANTED_ON_TABLE = (
    _GRANTEE + " FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = to_regclass(%s) AND a.grantee <> c.relowner"
)
GRANTED_ON_SCHEMA = (
    _GRANTEE + " FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = %s AND a.grantee <> n.nspowner"
)
CODE = """
    WITH RECURSIVE node(class, object) AS (
      SELECT 'pg_class'::regclass, to_regclass(%s)::oid
      UNION SELECT x.class, x.object FROM node n CROSS JOIN LATERAL (
        SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r
        WHERE n.class = 'pg_class'::regclass AND r.ev_class = n.object AND r.ev_type = '1'
        UNION ALL SELECT 'pg_class'::regclass, i.inhrelid FROM pg_inherits i
        WHERE n.class = 'pg_class'::regclass AND i.inhparent = n.object
        UNION ALL SELECT 'pg_class'::regclass, i.indexrelid FROM pg_index i
        WHERE n.class = 'pg_class'::regclass AND i.indrelid = n.object
        UNION ALL SELECT 'pg_policy'::regclass, p.oid FROM pg_policy p
        WHERE n.class = 'pg_class'::regclass AND p.polrelid = n.object
        UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext s
        WHERE n.class = 'pg_class'::regclass AND s.stxrelid = n.object
        UNION ALL SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k
        WHERE k.contype <> 'f' AND (n.class = 'pg_class'::regclass AND k.conrelid = n.object
          OR n.class = 'pg_type'::regclass AND k.contypid = n.object)
        UNION ALL SELECT 'pg_cast'::regclass, c.oid FROM pg_cast c
        WHERE n.class = 'pg_type'::regclass AND n.object IN (c.castsource, c.casttarget)
        UNION ALL SELECT d.refclassid, d.refobjid FROM pg_depend d
        WHERE d.classid = n.class AND d.objid = n.object AND d.deptype IN ('n', 'a', 'i')
          AND (d.refclassid IN ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass)
            OR d.refclassid = 'pg_class'::regclass AND d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass))
      ) AS x(class, object) WHERE n.class NOT IN ('pg_proc'::regclass))
    SELECT DISTINCT p.proname FROM node n JOIN pg_proc p ON p.oid = n.object JOIN pg_roles r ON r.oid = p.proowner
    WHERE n.class = 'pg_proc'::regclass AND NOT r.rolsuper AND r.rolname <> current_user AND NOT EXISTS (
      SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    ORDER BY 1"""
"""The functions that are run when this table is read or planned, by views, policies, expressions, conditions and casts of its types, and belong
neither to a superuser, nor to an extension, nor to this account: they see what the run sees."""


def kind_of_column(is_plain: bool, names: Sequence[str | None], scale: int | None = None) -> TypeKind:
    """What a column may hold, from the types at the bottom of it.

    Args:
        is_plain: its type, below its domains, is no list, structure or range.
        scale: of a decimal, the places behind the point, where its type says how many.
    """
    if scale == 0:
        return TypeKind.WHOLE
    kinds = [kind_of("postgresql", name or "") for name in names]
    return kinds[0] if is_plain else kind_around(kinds)
