CREATE FUNCTION public.ledger_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        BEGIN RAISE 'the ledger is append-only' USING ERRCODE = 'restrict_violation'; END $$;
CREATE FUNCTION public.trail_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF EXISTS (SELECT 1 FROM guilds WHERE guilds.id = OLD.guild_id AND guilds.erased_at IS NOT NULL)
                THEN RETURN OLD; END IF;
            ELSIF TG_OP = 'UPDATE' THEN
                IF EXISTS (SELECT 1 FROM deployment WHERE name = 'reencrypting')
                     AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.guild_id IS NOT DISTINCT FROM OLD.guild_id AND NEW.at IS NOT DISTINCT FROM OLD.at AND NEW.action IS NOT DISTINCT FROM OLD.action AND NEW.actor_id IS NOT DISTINCT FROM OLD.actor_id AND NEW.subject_id IS NOT DISTINCT FROM OLD.subject_id AND NEW.job_id IS NOT DISTINCT FROM OLD.job_id
                     AND (NEW.before IS NULL) = (OLD.before IS NULL) AND (NEW.after IS NULL) = (OLD.after IS NULL)
                THEN RETURN NEW; END IF;
            END IF;
            RAISE 'the trail is append-only' USING ERRCODE = 'restrict_violation';
        END $$;
CREATE TABLE public.accounts (
    name character varying NOT NULL,
    tokens double precision NOT NULL,
    counted_at bigint NOT NULL,
    learned_per_minute double precision,
    learned_at bigint,
    closed_until bigint,
    closed_for bytea
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.appeals (
    id bigint NOT NULL,
    guild_id bigint NOT NULL,
    person_id bigint NOT NULL,
    about character varying NOT NULL,
    text bytea NOT NULL,
    made_at bigint NOT NULL,
    channel_id bigint,
    message_id bigint,
    granted boolean,
    decided_at bigint,
    decided_by bigint,
    answer bytea
);
CREATE SEQUENCE public.appeals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.appeals_id_seq OWNED BY public.appeals.id;
CREATE TABLE public.balances (
    scope character varying NOT NULL,
    quarter bigint NOT NULL,
    pictures bigint NOT NULL,
    amount bigint NOT NULL
);
CREATE TABLE public.blobs (
    key character varying NOT NULL,
    data bytea NOT NULL,
    keep_until bigint NOT NULL
);
ALTER TABLE ONLY public.blobs ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE public.cases (
    job_id character varying NOT NULL,
    guild_id bigint,
    opened_at bigint NOT NULL,
    channel_id bigint,
    message_id bigint,
    hidden_at bigint,
    decision character varying(8),
    decided_at bigint,
    decided_by bigint,
    shown character varying(8) DEFAULT 'pictures'::character varying NOT NULL,
    member_told_at bigint,
    revision integer DEFAULT 1 NOT NULL,
    settled integer DEFAULT 0 NOT NULL,
    claimed_until bigint
);
CREATE TABLE public.credentials (
    account character varying NOT NULL,
    guild_id bigint NOT NULL,
    billing character varying(16) NOT NULL,
    secrets bytea NOT NULL,
    added_by bigint NOT NULL,
    added_at bigint NOT NULL,
    retired_at bigint
);
CREATE TABLE public.deliveries (
    webhook_id character varying NOT NULL,
    received_at bigint NOT NULL
);
CREATE TABLE public.deployment (
    name character varying NOT NULL,
    value bytea NOT NULL
);
CREATE TABLE public.grants (
    id bigint NOT NULL,
    reference character varying NOT NULL,
    guild_id bigint NOT NULL,
    person_id bigint,
    role_id bigint,
    pictures integer NOT NULL,
    granted_by bigint NOT NULL,
    granted_at bigint NOT NULL,
    ends_at bigint NOT NULL,
    revoked_at bigint,
    revoked_by bigint,
    reason bytea NOT NULL,
    CONSTRAINT ck_grants_whom CHECK (((person_id IS NULL) <> (role_id IS NULL)))
);
CREATE SEQUENCE public.grants_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.grants_id_seq OWNED BY public.grants.id;
CREATE TABLE public.guilds (
    id bigint NOT NULL,
    policy bytea NOT NULL,
    limits bytea,
    words bytea,
    mirrored bigint DEFAULT '0'::bigint NOT NULL,
    mirroring bigint,
    mirror_at bigint,
    left_at bigint,
    erased_at bigint
);
CREATE TABLE public.incidents (
    key character varying NOT NULL,
    kind character varying(16) NOT NULL,
    subject character varying NOT NULL,
    passing boolean NOT NULL,
    began_at bigint NOT NULL,
    over_at bigint NOT NULL
);
CREATE TABLE public.jobs (
    id character varying NOT NULL,
    status character varying(16) NOT NULL,
    account character varying NOT NULL,
    person_id bigint NOT NULL,
    guild_id bigint,
    channel_id bigint NOT NULL,
    message_id bigint,
    model character varying NOT NULL,
    quality character varying NOT NULL,
    count integer NOT NULL,
    private boolean NOT NULL,
    hold bigint NOT NULL,
    cost bigint,
    pictures integer,
    prediction_id character varying,
    created_at bigint NOT NULL,
    submitted_at bigint,
    ended_at bigint,
    finished_at bigint,
    run_seconds double precision,
    input_text_tokens integer,
    input_image_tokens integer,
    output_tokens integer,
    owner character varying,
    claimed_at bigint,
    request bytea NOT NULL,
    answer bytea NOT NULL,
    inputs bytea NOT NULL,
    submission bytea,
    prediction bytea,
    failure bytea,
    doubtful boolean DEFAULT false NOT NULL,
    message_channel_id bigint,
    cancel_at bigint,
    cancel_by bigint,
    kept_until bigint,
    told_ahead integer,
    told_at bigint,
    billing character varying(16) DEFAULT 'picture'::character varying NOT NULL,
    oversight bytea,
    approved_at bigint,
    cleared_at bigint,
    erased_at bigint,
    CONSTRAINT ck_jobs_finished CHECK (((finished_at IS NOT NULL) = ((status)::text = ANY ((ARRAY['succeeded'::character varying, 'failed'::character varying, 'canceled'::character varying])::text[])))),
    CONSTRAINT ck_jobs_lease CHECK (((owner IS NULL) = (claimed_at IS NULL)))
);
CREATE TABLE public.ledger (
    id bigint NOT NULL,
    job_id character varying,
    kind character varying(16) NOT NULL,
    person_id bigint NOT NULL,
    guild_id bigint,
    channel_id bigint,
    model character varying,
    quality character varying,
    pictures integer NOT NULL,
    amount bigint NOT NULL,
    at bigint NOT NULL,
    held_at bigint NOT NULL,
    committed_pictures integer NOT NULL,
    committed_amount bigint NOT NULL,
    account character varying DEFAULT 'operator'::character varying NOT NULL,
    grant_id bigint,
    CONSTRAINT ck_ledger_amount CHECK (((pictures >= 0) AND (amount >= 0))),
    CONSTRAINT ck_ledger_job CHECK ((((kind)::text = 'grant'::text) OR (job_id IS NOT NULL))),
    CONSTRAINT ck_ledger_kind CHECK (((kind)::text = ANY ((ARRAY['grant'::character varying, 'hold'::character varying, 'capture'::character varying, 'release'::character varying])::text[]))),
    CONSTRAINT ck_ledger_release CHECK ((((kind)::text <> 'release'::text) OR (pictures = 0)))
);
CREATE SEQUENCE public.ledger_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.ledger_id_seq OWNED BY public.ledger.id;
CREATE TABLE public.member_defaults (
    person_id bigint NOT NULL,
    options bytea NOT NULL
);
CREATE TABLE public.notices (
    id bigint NOT NULL,
    kind character varying(16) NOT NULL,
    subject character varying NOT NULL,
    words character varying NOT NULL,
    began_at bigint NOT NULL,
    at bigint NOT NULL,
    over boolean NOT NULL,
    post character varying,
    post_at bigint,
    try_at bigint,
    tries integer DEFAULT 0 NOT NULL,
    posted boolean DEFAULT false NOT NULL
);
CREATE SEQUENCE public.notices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.notices_id_seq OWNED BY public.notices.id;
CREATE TABLE public.occasions (
    name character varying NOT NULL,
    claimed_at bigint NOT NULL,
    done boolean NOT NULL
);
CREATE TABLE public.people (
    id bigint NOT NULL,
    discord_id bigint,
    trace character varying,
    trace_until bigint
);
CREATE SEQUENCE public.people_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.people_id_seq OWNED BY public.people.id;
CREATE TABLE public.processes (
    name character varying NOT NULL,
    beat_at bigint NOT NULL,
    linked boolean NOT NULL,
    fingerprints character varying
);
CREATE TABLE public.purged (
    job_id character varying NOT NULL,
    purge_id bigint NOT NULL,
    outcome character varying(8)
);
CREATE TABLE public.purges (
    id bigint NOT NULL,
    guild_id bigint NOT NULL,
    person_id bigint NOT NULL,
    since bigint,
    reason bytea NOT NULL,
    made_at bigint NOT NULL,
    made_by bigint NOT NULL,
    done_at bigint
);
CREATE SEQUENCE public.purges_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.purges_id_seq OWNED BY public.purges.id;
CREATE TABLE public.reports (
    job_id character varying NOT NULL,
    person_id bigint NOT NULL,
    reported_at bigint NOT NULL,
    reason bytea,
    answer_to bytea,
    told_at bigint,
    said bytea,
    locale character varying(8)
);
CREATE TABLE public.reviews (
    job_id character varying NOT NULL,
    stage character varying(8) NOT NULL,
    guild_id bigint NOT NULL,
    opened_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    channel_id bigint,
    message_id bigint,
    posted_at bigint,
    decision character varying(8),
    decided_at bigint,
    decided_by bigint,
    reason bytea,
    closed_at bigint,
    CONSTRAINT ck_reviews_closed CHECK (((closed_at IS NULL) OR (decision IS NOT NULL))),
    CONSTRAINT ck_reviews_decided CHECK (((decision IS NULL) = (decided_at IS NULL)))
);
CREATE TABLE public.sanctions (
    id bigint NOT NULL,
    reference character varying NOT NULL,
    guild_id bigint NOT NULL,
    person_id bigint NOT NULL,
    kind character varying(8) NOT NULL,
    strikes integer NOT NULL,
    limits bytea,
    reason bytea NOT NULL,
    job_id character varying,
    made_at bigint NOT NULL,
    made_by bigint,
    ends_at bigint,
    lifted_at bigint,
    lifted_by bigint,
    told_at bigint
);
CREATE SEQUENCE public.sanctions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sanctions_id_seq OWNED BY public.sanctions.id;
CREATE TABLE public.strays (
    prediction_id character varying NOT NULL,
    account character varying NOT NULL,
    job_id character varying NOT NULL,
    found_at bigint NOT NULL
);
CREATE TABLE public.styles (
    id bigint NOT NULL,
    guild_id bigint NOT NULL,
    style bytea NOT NULL
);
CREATE SEQUENCE public.styles_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.styles_id_seq OWNED BY public.styles.id;
CREATE TABLE public.trail (
    id bigint NOT NULL,
    guild_id bigint NOT NULL,
    at bigint NOT NULL,
    action character varying(16) NOT NULL,
    actor_id bigint,
    subject_id bigint,
    job_id character varying,
    reason bytea NOT NULL,
    before bytea,
    after bytea
);
CREATE SEQUENCE public.trail_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trail_id_seq OWNED BY public.trail.id;
CREATE TABLE public.trusted (
    guild_id bigint NOT NULL,
    person_id bigint NOT NULL,
    since bigint NOT NULL
);
CREATE TABLE public.turns (
    kind character varying(8) NOT NULL,
    id bigint NOT NULL,
    served_at bigint NOT NULL,
    CONSTRAINT ck_turns_kind CHECK (((kind)::text = ANY ((ARRAY['guild'::character varying, 'person'::character varying])::text[])))
);
ALTER TABLE ONLY public.appeals ALTER COLUMN id SET DEFAULT nextval('public.appeals_id_seq'::regclass);
ALTER TABLE ONLY public.grants ALTER COLUMN id SET DEFAULT nextval('public.grants_id_seq'::regclass);
ALTER TABLE ONLY public.ledger ALTER COLUMN id SET DEFAULT nextval('public.ledger_id_seq'::regclass);
ALTER TABLE ONLY public.notices ALTER COLUMN id SET DEFAULT nextval('public.notices_id_seq'::regclass);
ALTER TABLE ONLY public.people ALTER COLUMN id SET DEFAULT nextval('public.people_id_seq'::regclass);
ALTER TABLE ONLY public.purges ALTER COLUMN id SET DEFAULT nextval('public.purges_id_seq'::regclass);
ALTER TABLE ONLY public.sanctions ALTER COLUMN id SET DEFAULT nextval('public.sanctions_id_seq'::regclass);
ALTER TABLE ONLY public.styles ALTER COLUMN id SET DEFAULT nextval('public.styles_id_seq'::regclass);
ALTER TABLE ONLY public.trail ALTER COLUMN id SET DEFAULT nextval('public.trail_id_seq'::regclass);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (name);
ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT pk_appeals PRIMARY KEY (id);
ALTER TABLE ONLY public.balances
    ADD CONSTRAINT pk_balances PRIMARY KEY (scope, quarter);
ALTER TABLE ONLY public.blobs
    ADD CONSTRAINT pk_blobs PRIMARY KEY (key);
ALTER TABLE ONLY public.cases
    ADD CONSTRAINT pk_cases PRIMARY KEY (job_id);
ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT pk_credentials PRIMARY KEY (account);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT pk_deliveries PRIMARY KEY (webhook_id);
ALTER TABLE ONLY public.deployment
    ADD CONSTRAINT pk_deployment PRIMARY KEY (name);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT pk_grants PRIMARY KEY (id);
ALTER TABLE ONLY public.guilds
    ADD CONSTRAINT pk_guilds PRIMARY KEY (id);
ALTER TABLE ONLY public.incidents
    ADD CONSTRAINT pk_incidents PRIMARY KEY (key);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT pk_jobs PRIMARY KEY (id);
ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT pk_ledger PRIMARY KEY (id);
ALTER TABLE ONLY public.member_defaults
    ADD CONSTRAINT pk_member_defaults PRIMARY KEY (person_id);
ALTER TABLE ONLY public.notices
    ADD CONSTRAINT pk_notices PRIMARY KEY (id);
ALTER TABLE ONLY public.occasions
    ADD CONSTRAINT pk_occasions PRIMARY KEY (name);
ALTER TABLE ONLY public.people
    ADD CONSTRAINT pk_people PRIMARY KEY (id);
ALTER TABLE ONLY public.processes
    ADD CONSTRAINT pk_processes PRIMARY KEY (name);
ALTER TABLE ONLY public.purged
    ADD CONSTRAINT pk_purged PRIMARY KEY (job_id);
ALTER TABLE ONLY public.purges
    ADD CONSTRAINT pk_purges PRIMARY KEY (id);
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT pk_reports PRIMARY KEY (job_id, person_id);
ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT pk_reviews PRIMARY KEY (job_id, stage);
ALTER TABLE ONLY public.sanctions
    ADD CONSTRAINT pk_sanctions PRIMARY KEY (id);
ALTER TABLE ONLY public.strays
    ADD CONSTRAINT pk_strays PRIMARY KEY (prediction_id);
ALTER TABLE ONLY public.styles
    ADD CONSTRAINT pk_styles PRIMARY KEY (id);
ALTER TABLE ONLY public.trail
    ADD CONSTRAINT pk_trail PRIMARY KEY (id);
ALTER TABLE ONLY public.trusted
    ADD CONSTRAINT pk_trusted PRIMARY KEY (guild_id, person_id);
ALTER TABLE ONLY public.turns
    ADD CONSTRAINT pk_turns PRIMARY KEY (kind, id);
ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT uq_appeals_person_id_about UNIQUE (person_id, about);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT uq_grants_reference UNIQUE (reference);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT uq_jobs_prediction_id UNIQUE (prediction_id);
ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT uq_ledger_job_id_kind UNIQUE (job_id, kind);
ALTER TABLE ONLY public.people
    ADD CONSTRAINT uq_people_discord_id UNIQUE (discord_id);
ALTER TABLE ONLY public.sanctions
    ADD CONSTRAINT uq_sanctions_reference UNIQUE (reference);
CREATE INDEX ix_appeals_guild ON public.appeals USING btree (guild_id, id);
CREATE INDEX ix_blobs_keep_until ON public.blobs USING btree (keep_until);
CREATE INDEX ix_cases_guild ON public.cases USING btree (guild_id, opened_at);
CREATE INDEX ix_cases_unsettled ON public.cases USING btree (claimed_until) WHERE (settled < revision);
CREATE INDEX ix_deliveries_received_at ON public.deliveries USING btree (received_at);
CREATE INDEX ix_grants_guild ON public.grants USING btree (guild_id, ends_at);
CREATE INDEX ix_jobs_doubtful ON public.jobs USING btree (created_at) WHERE doubtful;
CREATE INDEX ix_jobs_kept ON public.jobs USING btree (finished_at, id, guild_id) WHERE (erased_at IS NULL);
CREATE INDEX ix_jobs_live ON public.jobs USING btree (status, owner, account, guild_id, person_id, created_at, approved_at, id, cancel_at, finished_at) WHERE (finished_at IS NULL);
CREATE INDEX ix_jobs_person ON public.jobs USING btree (person_id, created_at);
CREATE INDEX ix_jobs_run ON public.jobs USING btree (model, quality, count, finished_at);
CREATE INDEX ix_jobs_submitted ON public.jobs USING btree (submitted_at);
CREATE INDEX ix_ledger_at ON public.ledger USING btree (at, id);
CREATE INDEX ix_ledger_grant ON public.ledger USING btree (grant_id, person_id, committed_pictures) WHERE (grant_id IS NOT NULL);
CREATE INDEX ix_ledger_guild ON public.ledger USING btree (guild_id, held_at);
CREATE INDEX ix_ledger_held_at ON public.ledger USING btree (held_at);
CREATE INDEX ix_ledger_person ON public.ledger USING btree (person_id, held_at, guild_id, kind, grant_id, model, quality, committed_pictures, committed_amount);
CREATE INDEX ix_notices_at ON public.notices USING btree (at);
CREATE INDEX ix_occasions_claimed_at ON public.occasions USING btree (claimed_at);
CREATE INDEX ix_people_trace ON public.people USING btree (trace);
CREATE INDEX ix_purged_purge_id ON public.purged USING btree (purge_id);
CREATE INDEX ix_reviews_open ON public.reviews USING btree (guild_id, opened_at) WHERE (closed_at IS NULL);
CREATE INDEX ix_sanctions_person ON public.sanctions USING btree (guild_id, person_id);
CREATE INDEX ix_styles_guild_id ON public.styles USING btree (guild_id);
CREATE INDEX ix_trail_guild ON public.trail USING btree (guild_id, id);
CREATE INDEX ix_trail_subject ON public.trail USING btree (subject_id, guild_id, id);
CREATE INDEX ix_turns_served_at ON public.turns USING btree (served_at);
CREATE UNIQUE INDEX uq_credentials_guild ON public.credentials USING btree (guild_id) WHERE (retired_at IS NULL);
CREATE UNIQUE INDEX uq_ledger_end ON public.ledger USING btree (job_id) WHERE ((kind)::text = ANY ((ARRAY['capture'::character varying, 'release'::character varying])::text[]));
CREATE UNIQUE INDEX uq_ledger_grant ON public.ledger USING btree (grant_id, person_id) WHERE ((kind)::text = 'grant'::text);
CREATE TRIGGER ledger_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_is_append_only();
CREATE TRIGGER trail_append_only BEFORE DELETE OR UPDATE ON public.trail FOR EACH ROW EXECUTE FUNCTION public.trail_is_append_only();
CREATE TRIGGER trail_no_truncate BEFORE TRUNCATE ON public.trail FOR EACH STATEMENT EXECUTE FUNCTION public.trail_is_append_only();
ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT fk_appeals_decided_by FOREIGN KEY (decided_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.appeals
    ADD CONSTRAINT fk_appeals_person_id FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.cases
    ADD CONSTRAINT fk_cases_decided_by FOREIGN KEY (decided_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.cases
    ADD CONSTRAINT fk_cases_job_id FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT fk_credentials_added_by FOREIGN KEY (added_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT fk_grants_granted_by FOREIGN KEY (granted_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT fk_grants_person_id FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT fk_grants_revoked_by FOREIGN KEY (revoked_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT fk_jobs_cancel_by FOREIGN KEY (cancel_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT fk_jobs_person_id FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT fk_ledger_person_id FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.member_defaults
    ADD CONSTRAINT fk_member_defaults_person_id FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.purged
    ADD CONSTRAINT fk_purged_job_id FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.purged
    ADD CONSTRAINT fk_purged_purge_id FOREIGN KEY (purge_id) REFERENCES public.purges(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.purges
    ADD CONSTRAINT fk_purges_made_by FOREIGN KEY (made_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.purges
    ADD CONSTRAINT fk_purges_person_id FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT fk_reports_job_id FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reports
    ADD CONSTRAINT fk_reports_person_id FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT fk_reviews_decided_by FOREIGN KEY (decided_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT fk_reviews_job_id FOREIGN KEY (job_id) REFERENCES public.jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sanctions
    ADD CONSTRAINT fk_sanctions_lifted_by FOREIGN KEY (lifted_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.sanctions
    ADD CONSTRAINT fk_sanctions_made_by FOREIGN KEY (made_by) REFERENCES public.people(id);
ALTER TABLE ONLY public.sanctions
    ADD CONSTRAINT fk_sanctions_person_id FOREIGN KEY (person_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.styles
    ADD CONSTRAINT fk_styles_guild_id FOREIGN KEY (guild_id) REFERENCES public.guilds(id);
ALTER TABLE ONLY public.trail
    ADD CONSTRAINT fk_trail_actor_id FOREIGN KEY (actor_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.trail
    ADD CONSTRAINT fk_trail_subject_id FOREIGN KEY (subject_id) REFERENCES public.people(id);
ALTER TABLE ONLY public.trusted
    ADD CONSTRAINT fk_trusted_person_id FOREIGN KEY (person_id) REFERENCES public.people(id);
