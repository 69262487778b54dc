"""Every weight that was ever in force is kept by triggers, whichever way it was changed: replay reads it."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION signals_keep_weight() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE now_says jsonb;
BEGIN
    IF TG_TABLE_NAME = 'signals_source' THEN
        now_says := jsonb_build_object('weight', NEW.weight);
        IF TG_OP = 'UPDATE' AND NEW.weight = OLD.weight THEN RETURN NULL; END IF;
    ELSE
        now_says := jsonb_build_object('confidence', NEW.confidence, 'half_life_days', NEW.half_life_days);
        IF TG_OP = 'UPDATE' AND NEW.confidence = OLD.confidence AND NEW.half_life_days = OLD.half_life_days THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO signals_weightinforce (kind, subject_id, values, valid_from)
    VALUES (TG_ARGV[0], NEW.id, now_says, clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER signals_keep_weight AFTER INSERT OR UPDATE ON signals_source
    FOR EACH ROW EXECUTE FUNCTION signals_keep_weight('source');
CREATE TRIGGER signals_keep_weight AFTER INSERT OR UPDATE ON signals_signaltype
    FOR EACH ROW EXECUTE FUNCTION signals_keep_weight('type');
INSERT INTO signals_weightinforce (kind, subject_id, values, valid_from)
    SELECT 'source', id, jsonb_build_object('weight', weight), created_at FROM signals_source
    UNION ALL SELECT 'type', id, jsonb_build_object('confidence', confidence, 'half_life_days', half_life_days), created_at
    FROM signals_signaltype;
"""
NO_TRIGGERS = """
DROP TRIGGER signals_keep_weight ON signals_source;
DROP TRIGGER signals_keep_weight ON signals_signaltype;
DROP FUNCTION signals_keep_weight();
DELETE FROM signals_weightinforce;
"""


class Migration(migrations.Migration):
    dependencies = [("signals", "0005_engine")]

    operations = [migrations.RunSQL(TRIGGERS, NO_TRIGGERS)]
