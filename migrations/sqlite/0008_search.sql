-- What a search forgives, and what a list can be narrowed by.

-- +goose Up

-- Words and phrases that count as the same, as staff wrote them; a group is the rows with one group_id.
CREATE TABLE search_synonyms (
    group_id TEXT    NOT NULL,
    position INTEGER NOT NULL,
    words    TEXT    NOT NULL CHECK (words <> ''),
    PRIMARY KEY (group_id, position),
    UNIQUE (group_id, words)
);
INSERT INTO search_synonyms (group_id, position, words) VALUES
    ('internship', 1, 'internship'), ('internship', 2, 'LTI'), ('internship', 3, 'learning through internship'),
    ('internship', 4, 'learning through interests'), ('internship', 5, 'pasantía'), ('internship', 6, 'práctica profesional'),
    ('project', 1, 'project'), ('project', 2, 'PBL'), ('project', 3, 'project-based learning'), ('project', 4, 'proyecto'),
    ('exhibition', 1, 'exhibition'), ('exhibition', 2, 'portfolio'), ('exhibition', 3, 'exhibición'), ('exhibition', 4, 'portafolio'),
    ('assessment', 1, 'assessment'), ('assessment', 2, 'rubric'), ('assessment', 3, 'evaluación'), ('assessment', 4, 'rúbrica'),
    ('advisory', 1, 'advisory'), ('advisory', 2, 'tutoría'), ('advisory', 3, 'asesoría'),
    ('advisor', 1, 'advisor'), ('advisor', 2, 'tutor'), ('advisor', 3, 'asesor'),
    ('family', 1, 'family'), ('family', 2, 'parent'), ('family', 3, 'familia'), ('family', 4, 'padres'),
    ('college', 1, 'college'), ('college', 2, 'university'), ('college', 3, 'universidad'),
    ('development', 1, 'professional development'), ('development', 2, 'PD'), ('development', 3, 'desarrollo profesional'),
    ('plan', 1, 'learning plan'), ('plan', 2, 'plan de aprendizaje'),
    ('goal', 1, 'learning goal'), ('goal', 2, 'meta de aprendizaje'),
    ('handbook', 1, 'handbook'), ('handbook', 2, 'manual');

-- What a product can be narrowed by, written by the program from what the product is.
CREATE TABLE search_facets (
    product_id TEXT NOT NULL REFERENCES products (id),
    facet      TEXT NOT NULL CHECK (facet IN ('distinguisher', 'goal', 'kind', 'format', 'language', 'price')),
    key        TEXT NOT NULL,
    PRIMARY KEY (product_id, facet, key)
);

-- How product_search and search_facets were written; a program that writes them in another way does so
-- anew for all products when it starts.
ALTER TABLE catalog_versions ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE catalog_versions DROP COLUMN indexed;
DROP TABLE search_facets;
DROP TABLE search_synonyms;
