"""Storage settings that a table wants whose rows live for milliseconds."""

from django.db import migrations

# Vacuum after every few thousand dead rows, however large the table: the claim reads the front of an index,
# and the front is where the dead rows lie. Pages keep room for the second version that a claim writes.
# Analyse seldom: the statistics of a queue are wrong a second later, and its queries have one good plan each.
SETTINGS = """
ALTER TABLE work_workitem SET (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000);
ALTER TABLE work_worker SET (
  fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
"""
DEFAULTS = """
ALTER TABLE work_workitem RESET (
  fillfactor,
  autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
  autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold,
  autovacuum_vacuum_cost_delay,
  autovacuum_analyze_scale_factor, autovacuum_analyze_threshold);
ALTER TABLE work_worker RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""


class Migration(migrations.Migration):
    """One purpose: the storage of the work list."""

    dependencies = [("work", "0001_initial")]

    operations = [migrations.RunSQL(SETTINGS, DEFAULTS)]
