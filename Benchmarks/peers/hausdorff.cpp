// Both one-sided Hausdorff distances between two meshes by CGAL's bounded_error_Hausdorff_distance, which is
// right to `error` (a length, in the meshes' own coordinates). Prints a line of JSON.
//
//   c++ -O3 -march=native -std=c++17 hausdorff.cpp -ltbb -lgmp -lmpfr -o hausdorff
//   ./hausdorff reference.obj candidate.obj error sequential|parallel
#include <CGAL/Exact_predicates_inexact_constructions_kernel.h>
#include <CGAL/Polygon_mesh_processing/IO/polygon_mesh_io.h>
#include <CGAL/Polygon_mesh_processing/distance.h>
#include <CGAL/Surface_mesh.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

using Kernel = CGAL::Exact_predicates_inexact_constructions_kernel;
using Mesh = CGAL::Surface_mesh<Kernel::Point_3>;

template <class Tag> double distance(const Mesh &from, const Mesh &to, double error) {
    return CGAL::Polygon_mesh_processing::bounded_error_Hausdorff_distance<Tag>(from, to, error);
}

int main(int count, char **arguments) {
    if (count != 5) return std::fprintf(stderr, "usage: hausdorff REFERENCE CANDIDATE ERROR sequential|parallel\n"), 2;
    Mesh reference, candidate;
    for (auto [path, mesh] : {std::pair{arguments[1], &reference}, std::pair{arguments[2], &candidate}})
        if (!CGAL::Polygon_mesh_processing::IO::read_polygon_mesh(path, *mesh))
            return std::fprintf(stderr, "%s: cannot be read\n", path), 1;
    double error = std::atof(arguments[3]);
    bool parallel = std::string(arguments[4]) == "parallel";
    auto start = std::chrono::steady_clock::now();
    auto measure = [&](const Mesh &from, const Mesh &to) {
        return parallel ? distance<CGAL::Parallel_tag>(from, to, error) : distance<CGAL::Sequential_tag>(from, to, error);
    };
    double forward = measure(reference, candidate), backward = measure(candidate, reference);
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"forward\": %.17g, \"backward\": %.17g, \"seconds\": %.4f}\n", forward, backward, seconds);
}
