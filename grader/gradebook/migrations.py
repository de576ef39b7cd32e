"""migrations: the scripts that make a gradebook's tables what they are today."""

# Never change a script that has been released; add one.
MIGRATIONS = (
    """
    CREATE TABLE grading (
        id INTEGER PRIMARY KEY,
        learner TEXT NOT NULL,
        lesson TEXT NOT NULL,
        attempt_sha256 TEXT NOT NULL,
        seed INTEGER NOT NULL,
        partial TEXT NOT NULL,
        score INTEGER NOT NULL,
        points INTEGER NOT NULL,
        has_passed INTEGER NOT NULL,
        is_broken INTEGER NOT NULL,
        grader_version TEXT NOT NULL,
        lesson_version TEXT NOT NULL,
        versions TEXT NOT NULL,
        started_at TEXT NOT NULL,
        wall_s REAL NOT NULL,
        report TEXT NOT NULL
    );
    CREATE INDEX grading_of_learner ON grading (learner, lesson, id);
    CREATE INDEX grading_of_content ON grading
        (attempt_sha256, lesson_version, grader_version, seed, partial);
    CREATE TABLE hint (
        learner TEXT NOT NULL,
        lesson TEXT NOT NULL,
        exercise TEXT NOT NULL,
        number INTEGER NOT NULL,
        after_grading INTEGER NOT NULL,
        shown_at TEXT NOT NULL,
        PRIMARY KEY (learner, lesson, exercise, number)
    );
    """,
    # A report without exercises was once taken for a result, and for a passed one.
    """
    DELETE FROM grading WHERE points = 0 AND has_passed AND NOT is_broken;
    """,
    # What a learner had graded can be brought back.
    """
    CREATE TABLE IF NOT EXISTS version (
        id INTEGER PRIMARY KEY,
        lesson TEXT NOT NULL,
        attempt_sha256 TEXT NOT NULL,
        suffix TEXT NOT NULL,
        content BLOB NOT NULL,
        UNIQUE (lesson, attempt_sha256)
    );
    """,
)
