/* The interface as a program in C uses it, and what it says of arguments that are none. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "shapefit.h"

static int failures;

#define EXPECT(condition)                                                                    \
    do {                                                                                     \
        if (!(condition)) {                                                                  \
            printf("line %d: not %s; message: %s\n", __LINE__, #condition, sf_message()); \
            failures++;                                                                      \
        }                                                                                    \
    } while (0)

static int32_t stop_soon(void *context, double fraction, int64_t step, float loss, double seconds) {
    (void)fraction, (void)step, (void)loss, (void)seconds;
    return ++*(int *)context >= 2;
}

int main(int argc, char **argv) {
    sf_import_worker();
    const double vertices[] = {-1, -1, -1, -1, -1, 1, -1, 1, -1, -1, 1, 1, 1, -1, -1, 1, -1, 1, 1, 1, -1, 1, 1, 1};
    const int64_t triangles[] = {0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1,
                                 2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3};
    const double points[] = {0, 0, 0, 3, 0, 0, NAN, 0, 0};
    const int64_t missing[] = {0, 1, 8};
    sf_mesh *mesh = NULL;
    sf_distance *distance = NULL;
    sf_field *field = NULL;
    sf_surface *surface = NULL;
    float values[3];
    uint8_t inside[3];
    int64_t faces[3];
    char *json = NULL;
    int calls = 0;

    EXPECT(argc == 2 && strcmp(sf_version(), argv[1]) == 0);
    EXPECT(sf_mesh_create(vertices, 8, triangles, 12, 0, &mesh) == SF_OK);
    EXPECT(sf_mesh_vertex_count(mesh) == 8 && sf_mesh_triangle_count(mesh) == 12);
    EXPECT(sf_distance_create(mesh, NULL, 2, 0, &distance) == SF_OK);
    EXPECT(sf_distance_values(distance, points, 3, 0, values) == SF_OK);
    EXPECT(values[0] == -1 && values[1] == 2 && isnan(values[2]));
    EXPECT(sf_distance_contains(distance, points, 3, 0, inside) == SF_OK);
    EXPECT(inside[0] == 1 && inside[1] == 0 && inside[2] == 0);
    EXPECT(sf_distance_closest(distance, points, 3, 0, NULL, values, faces) == SF_OK);
    EXPECT(values[0] == 1 && (faces[1] == 2 || faces[1] == 3) && faces[2] == -1);
    EXPECT(sf_distance_describe(distance, &json) == SF_OK && strstr(json, "\"watertight\":true"));
    sf_free(json);

    EXPECT(sf_fit(mesh, "{\"preset\": \"fast\", \"seconds\": 60}", 0, stop_soon, &calls, &field) == SF_OK);
    EXPECT(calls >= 2);
    EXPECT(sf_field_values(field, points, 3, 0, values, NULL) == SF_OK);
    EXPECT(isfinite(values[0]) && isnan(values[2]));
    EXPECT(sf_field_extract(field, 0, "{\"resolution\": 32}", 0, &surface) == SF_OK);
    EXPECT(sf_surface_triangle_count(surface) > 100);
    EXPECT(sf_surface_copy(surface, NULL, NULL, values) == SF_INVALID_ARGUMENT);

    /* What is none: a status, a message, and nothing else. */
    sf_mesh *none = NULL;
    EXPECT(sf_mesh_create(vertices, 8, missing, 1, 0, &none) == SF_INVALID_ARGUMENT && none == NULL);
    EXPECT(strstr(sf_message(), "vertex 8 of 8"));
    EXPECT(sf_mesh_create(points, 3, triangles, 1, 0, &none) == SF_INVALID_ARGUMENT);
    EXPECT(sf_mesh_create(NULL, 8, triangles, 12, 0, &none) == SF_INVALID_ARGUMENT);
    EXPECT(sf_mesh_create(vertices, 8, triangles, 12, -1, &none) == SF_INVALID_ARGUMENT);
    EXPECT(sf_mesh_create(vertices, 8, triangles, 12, 0, NULL) == SF_INVALID_ARGUMENT);
    EXPECT(sf_mesh_load("nothing.stl", NULL, 0, &none) == SF_FILE && strstr(sf_message(), "nothing.stl"));
    EXPECT(sf_distance_create(NULL, NULL, 2, 0, &distance) == SF_INVALID_ARGUMENT);
    EXPECT(sf_distance_values(distance, NULL, 3, 0, values) == SF_INVALID_ARGUMENT);
    EXPECT(sf_distance_values(distance, NULL, 0, 0, NULL) == SF_OK);
    EXPECT(sf_distance_values(distance, points, (size_t)-1, 0, values) == SF_INVALID_ARGUMENT);
    EXPECT(sf_fit(mesh, "{", 0, NULL, NULL, &field) == SF_INVALID_ARGUMENT);
    EXPECT(sf_fit(mesh, "{\"colour\": 1}", 0, NULL, NULL, &field) == SF_INVALID_ARGUMENT && strstr(sf_message(), "colour"));
    EXPECT(sf_mesh_vertex_count(NULL) == 0);

    sf_surface_free(surface);
    sf_field_free(field);
    sf_distance_free(distance);
    sf_mesh_free(mesh);
    sf_mesh_free(NULL);
    sf_free(NULL);
    return failures ? 1 : 0;
}
